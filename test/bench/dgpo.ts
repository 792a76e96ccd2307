import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { defaultLimits, type StepMetrics, type StepSeconds } from '../../src-main/contract/index.ts'
import { loadQuestions } from '../../src-main/evaluation/index.ts'
import { openPassageIndex } from '../../src-main/retrieval/index.ts'
import { startService } from '../../src-main/service/index.ts'
import { createPlayer } from '../../src-main/service/player.ts'
import { openEngine } from '../../src-main/training/index.ts'
import { root } from '../support/data.ts'
import { writeQwen } from '../support/qwen.ts'

const questions = join(root, 'resources/sample-library/questions.jsonl')
const bundled = (name: string): string => join(root, 'resources/models', name)
const PARTS = ['rollout', 'scoring', 'teacher', 'critic', 'actor'] as const

interface Subject {
  name: string
  student: string
  teacher: string
  batch: number
  steps: number
  /** Tokens of a whole episode, at most. */
  contextLength: number | null
}

interface Measured {
  name: string
  /** Means over the steps but the first, which loads what the others find loaded. */
  seconds: StepSeconds
  /** What the teacher adds to the rest. */
  teacherShare: number
  episodes: number
  tokensPerEpisode: number
  /** The most that the process had in memory. */
  peakBytes: number
}

type Client = ReturnType<typeof createRouterClient<Awaited<ReturnType<typeof startService>>['router'], object>>

/** The process's largest resident memory so far, where the system tells; null elsewhere or when it is over. */
function peakOf(pid: number | null): number | null {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? null : 1024 * Number(kib)
  } catch {
    return null
  }
}

/** Trains for some steps as anybody would, and reads the run's log. */
async function measureSteps(client: Client, subject: Subject): Promise<Measured> {
  const { name, student, teacher, batch, steps, contextLength } = subject
  await client.system.updateSettings({ contextLength })
  const { id } = await client.runs.start({
    student,
    teacher,
    questions,
    libraryId: 'sample',
    config: {
      method: 'dgpo',
      coldStart: false,
      reinforcement: { steps, batch },
      validation: { questions: 1, testQuestions: 0, every: 1000 },
      guard: { action: 'off' },
    },
  })
  let peakBytes = 0
  for (;;) {
    const { run } = await client.runs.get({ id })
    peakBytes = Math.max(peakBytes, run.memoryBytes ?? 0, peakOf(run.pid) ?? 0)
    if (run.state === 'failed' || run.state === 'interrupted') throw new Error(JSON.stringify(run.error))
    if (run.state === 'finished') break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const { lines } = await client.runs.metrics({ id })
  const all = lines.filter((line): line is StepMetrics => line.type === 'step')
  const measured = all.length > 1 ? all.slice(1) : all
  const mean = (of: (step: StepMetrics) => number): number =>
    measured.reduce((sum, step) => sum + of(step), 0) / measured.length
  const seconds = Object.fromEntries(
    [...PARTS, 'total' as const].map((part) => [part, mean((step) => step.seconds[part])]),
  ) as StepSeconds
  return {
    name,
    seconds,
    teacherShare: seconds.teacher / (seconds.total - seconds.teacher),
    episodes: batch,
    tokensPerEpisode: mean((step) => step.tokens) / batch,
    peakBytes,
  }
}

/** Episodes per second with some of them at once, each on a player of its own, best of three. */
async function measureRollouts(index: string, counts: readonly number[]): Promise<Record<number, number>> {
  const asked = (await loadQuestions(questions)).questions.slice(0, 64)
  const retriever = await openPassageIndex({ dir: index })
  const result: Record<number, number> = {}
  for (const slots of counts) {
    const player = createPlayer({
      engine: openEngine(),
      retriever,
      prompt: 'question-only',
      limits: defaultLimits,
      slots,
      gpu: 'off',
      threads: null,
    })
    await player.load({ model: bundled('micro-teacher.gguf'), adapter: null })
    await player.play(asked.slice(0, 16), { temperature: 1, seed: 0 })
    let best = 0
    for (let round = 0; round < 3; round++) {
      const began = performance.now()
      await player.play(asked, { temperature: 1, seed: 1 })
      best = Math.max(best, (1000 * asked.length) / (performance.now() - began))
    }
    result[slots] = best
    await player.unload()
  }
  await retriever.close()
  return result
}

/** A table of what was measured. */
function tableOf(measured: readonly Measured[], rollouts: Record<number, number>): string {
  const rows = measured.map(({ name, seconds, teacherShare, tokensPerEpisode, episodes, peakBytes }) =>
    [
      name.padEnd(34),
      `${episodes} × ${tokensPerEpisode.toFixed(0)}`.padStart(11),
      ...[...PARTS, 'total' as const].map((part) => seconds[part].toFixed(2).padStart(8)),
      `${(100 * teacherShare).toFixed(1)} %`.padStart(8),
      `${(peakBytes / 2 ** 30).toFixed(2)} GiB`.padStart(9),
    ].join(' '),
  )
  const head = [
    'seconds per step'.padEnd(34),
    'tokens'.padStart(11),
    ...[...PARTS, 'total'].map((part) => part.padStart(8)),
    'teacher'.padStart(8),
    'peak'.padStart(9),
  ].join(' ')
  const speeds = Object.entries(rollouts).map(([slots, rate]) => `${slots} at once: ${rate.toFixed(1)}/s`)
  return [head, ...rows, '', `rollouts of the micro teacher: ${speeds.join(', ')}`].join('\n')
}

/**
 * What a step of DGPO costs, and how rollouts gain from being played at once. `--steps N` (6), `--skip-large` leaves out the
 * Qwen2.5-0.5B shape, `--only-rollouts` everything else.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({
    args,
    options: { steps: { type: 'string' }, 'skip-large': { type: 'boolean' }, 'only-rollouts': { type: 'boolean' } },
  })
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  const service = await startService({
    dataDir: join(folder, 'data'),
    resourcesDir: join(root, 'resources'),
    version: 'bench',
  })
  const client: Client = createRouterClient(service.router)
  try {
    for (let busy = true; busy; ) {
      busy = (await client.libraries.list()).some(({ jobId }) => jobId !== null)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const measured: Measured[] = []
    if (!values['only-rollouts']) {
      // The micro student knows no search before its cold start: its teacher, of the same size, takes its place.
      const micro = { student: bundled('micro-teacher.gguf'), teacher: bundled('micro-teacher.gguf') }
      const steps = Number(values.steps ?? 6)
      measured.push(await measureSteps(client, { name: 'micro', ...micro, batch: 16, steps, contextLength: null }))
    }
    if (!values['only-rollouts'] && !values['skip-large']) {
      const student = await writeQwen(folder, { name: 'student', seed: 1 })
      const teacher = await writeQwen(folder, { name: 'teacher', seed: 2 })
      const large = { name: 'Qwen2.5-0.5B shape, random, Q8_0', student, teacher, batch: 8, steps: 1 }
      measured.push(await measureSteps(client, { ...large, contextLength: 1024 }))
    }
    const library = join(folder, 'data/libraries/sample')
    const [index = ''] = readdirSync(library)
    const rollouts = await measureRollouts(join(library, index), [1, 4, 16])
    const gain = (rollouts[16] ?? 0) / (rollouts[1] ?? 1)
    return {
      table: `${tableOf(measured, rollouts)} (${gain.toFixed(1)} times as many with 16)`,
      result: { steps: measured, rolloutsPerSecond: rollouts, gain },
    }
  } finally {
    await service.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
