import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultLimits, type StepMetrics } from '../../src-main/contract/index.ts'
import { newProcess, writeProcessState } from '../../src-main/service/runs/process-state.ts'
import { writeSetup } from '../../src-main/service/runs/setup.ts'
import { createRun, runFiles } from '../../src-main/training/index.ts'
import { statistics } from './run-report.ts'

/** A step of reinforcement as it is logged, with figures that wander. */
function step(number: number): StepMetrics {
  const wave = 0.5 + 0.4 * Math.sin(number / 300) + 0.1 * Math.sin(number * 7)
  return {
    type: 'step',
    step: number,
    phase: 'reinforcement',
    phaseStep: number,
    phaseSteps: 100_000,
    at: number,
    seconds: { rollout: 1, scoring: 1, teacher: 1, critic: 1, actor: 1, total: 5 },
    loss: 2 * wave,
    learningRate: 1e-5,
    gradientNorm: 1 / (1.05 - wave),
    lossTokens: 900,
    tokens: 2_000,
    rollouts: { ...statistics(wave), repeatedQueryRate: wave / 5, emptyQueryRate: wave / 9 },
    distillation: null,
    reinforcement: {
      score: wave,
      guidedShare: 0.3,
      referenceKl: wave / 10,
      entropy: 1 - wave / 2,
      stepKl: wave / 1000,
      clippedShare: 0.01,
      criticLoss: wave / 3,
      criticLearningRate: 1e-4,
      explainedVariance: wave,
    },
  }
}

/** A training that has logged many steps and is about to log more, as its folder and its process show it. */
export async function longRun(
  dataDir: string,
  steps: number,
): Promise<{ id: string; grow(more: number): Promise<void>; end(): Promise<void> }> {
  const id = 'long'
  const dir = join(dataDir, 'runs', id)
  const model = (name: string) => ({ name, path: join(dataDir, `${name}.gguf`), fingerprint: name, tokenizer: 'same' })
  await createRun(dir, {
    id,
    name: 'A long training',
    createdAt: Date.now(),
    config: { method: 'dgpo' },
    versions: {},
    student: model('student'),
    teacher: model('teacher'),
    environment: {
      library: { id: 'sample', name: 'Sample library', fingerprint: 'f' },
      prompt: 'question-only',
      limits: defaultLimits,
    },
    questions: { source: 'made up', fingerprint: 'q', train: 100, validation: 20, test: 20 },
  })
  // Something that lives as long as the training seems to.
  const worker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  let lines = 0
  const grow = async (more: number): Promise<void> => {
    const added = Array.from({ length: more }, (_, i) => `${JSON.stringify(step(lines + i + 1))}\n`)
    await appendFile(runFiles.metrics(dir), added.join(''))
    lines += more
    await writeProcessState(dir, {
      ...newProcess(worker.pid ?? 0),
      phase: 'reinforcement',
      stage: 'actor',
      step: lines,
      progress: { what: 'Practicing', done: lines, total: 100_000, unit: 'steps', rate: 0.2, leftMs: 5e8 },
      runLeft: { least: 5e8, most: 5e8 },
      lines,
    })
  }
  await grow(steps)
  await writeSetup(
    dir,
    { embedder: null, reranker: null, gpu: 'auto', slots: 1, remoteTeacher: null },
    { train: [], validation: [], test: [] },
  )
  return {
    id,
    grow,
    async end() {
      const ended = once(worker, 'exit')
      worker.kill()
      await ended
    },
  }
}
