import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { RunEvent, StepMetrics, TrainingMethod } from '../../src-main/contract/index.ts'
import { openRun, train } from '../../src-main/training/index.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { scriptedPlayer } from '../support/scripted-player.ts'
import {
  type TinyConfig,
  timeless,
  tinyRun,
  trainInterrupted,
  weightsFile,
  writeTinyModel,
} from '../support/training-run.ts'

const engine = testEngine()
const folder = temporaryFolder()
const files = { student: join(folder, 'student.gguf'), teacher: join(folder, 'teacher.gguf') }
let next = 0
const fresh = (): string => join(folder, `run-${next++}`)

describe.skipIf(!engine)('a training run', () => {
  if (!engine) return

  beforeAll(() => {
    writeTinyModel(files.student, 1)
    writeTinyModel(files.teacher, 2)
  })

  const steps = async (dir: string): Promise<StepMetrics[]> =>
    (await (await openRun(dir)).lines()).filter((line) => line.type === 'step')

  test('DGPO: cold start, then guided PPO, with everything in its folder', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, { method: 'dgpo' })
    expect(await run.status()).toEqual({ state: 'new', pid: null })
    const events: RunEvent[] = []
    const states: string[] = []
    const report = await train(
      options({
        onEvent(event) {
          events.push(event)
          if (event.type === 'metrics' && states.length === 0) states.push('asked')
        },
      }),
    )
    expect(events.filter(({ type }) => type === 'phase')).toMatchObject([
      { phase: 'distillation', index: 0, phases: 2 },
      { phase: 'reinforcement', index: 1, steps: 4 },
    ])
    expect(events.at(-1)).toEqual({ type: 'ended', report })
    expect(report).toMatchObject({
      outcome: 'finished',
      before: { episodes: 8 },
      test: { episodes: 8 },
      testBefore: { episodes: 8 },
      teacher: { episodes: 8 },
      arcap: { before: { questions: 7, withThink: 1, withoutThink: 0 }, after: { questions: 7 } },
      weights: { kind: 'adapter', best: 'weights/best-adapter.gguf' },
      teacherEpisodes: { played: 12 },
    })
    expect(report.phases.map(({ phase }) => phase)).toEqual(['distillation', 'reinforcement'])
    expect(await run.status()).toEqual({ state: 'finished', pid: null })
    expect(await run.report()).toEqual(report)
    expect(report.tested.map(({ questionId }) => questionId).toSorted()).toEqual(
      Array.from({ length: 8 }, (_, i) => `t${i}`),
    )
    const right = (when: 'before' | 'after') => report.tested.filter((one) => one[when].right).length / 8
    expect([right('before'), right('after')]).toEqual([report.testBefore?.em, report.test?.em])
    expect(report.tested.some(({ before, after }) => before.right !== after.right)).toBe(true)

    const logged = await steps(run.dir)
    expect(logged.map(({ step }) => step)).toEqual(logged.map((_, i) => i + 1))
    const learned = logged.filter(({ phase }) => phase === 'distillation')
    expect(learned.length).toBe(Math.ceil((2 * (report.teacherEpisodes?.correct ?? 0)) / 4))
    for (const { distillation, rollouts } of learned) {
      expect(rollouts).toBeNull()
      expect(distillation?.crossEntropy).toBeGreaterThan(3)
      expect(distillation?.divergence).toBeGreaterThan(0)
      expect(distillation?.teacherMass).toBeGreaterThan(0.1)
      expect(distillation?.teacherMass).toBeLessThan(0.9)
    }
    for (const { reinforcement, rollouts, lossTokens, tokens, seconds } of logged.slice(learned.length)) {
      expect(reinforcement?.guidedShare).toBeCloseTo(1 - (rollouts?.em ?? 0))
      expect(reinforcement?.entropy).toBeGreaterThan(3)
      expect(reinforcement?.criticLoss).toBeGreaterThan(0)
      expect(lossTokens).toBeLessThan(tokens)
      expect(seconds.total).toBeGreaterThanOrEqual(seconds.rollout + seconds.teacher + seconds.critic + seconds.actor)
    }
    for (const which of ['best', 'last'] as const) {
      const weights = await run.weights(which)
      expect(weights?.model).toBe(files.student)
      expect(await engine.inspectAdapter(weights?.adapter ?? '')).toMatchObject({ rank: 2, alpha: 32 })
    }
    expect(new Set((await run.episodes()).map(({ kind }) => kind))).toEqual(
      new Set(['teacher', 'validation', 'rollout', 'test']),
    )
    expect(readdirSync(run.dir).filter((name) => name.includes('lock') || name.includes('partial'))).toEqual([])
    // A run that is over is not begun again.
    expect(await train(options())).toEqual(report)
  })

  const recipes: [name: string, config: TinyConfig, phases: string[]][] = [
    ...(['kd', 'seqkd', 'gkd', 'distillm', 'taid'] as TrainingMethod[]).map(
      (method): [string, TinyConfig, string[]] => [method, { method }, ['distillation']],
    ),
    ...(['ppo', 'grpo'] as TrainingMethod[]).map((method): [string, TinyConfig, string[]] => [
      method,
      { method },
      ['reinforcement'],
    ]),
    ['grpo after a cold start', { method: 'grpo', coldStart: true }, ['distillation', 'reinforcement']],
    ['no cold start', { coldStart: false }, ['reinforcement']],
    ['uniform guidance', { coldStart: false, guidance: 'uniform' }, ['reinforcement']],
    ['no guidance', { coldStart: false, guidance: 'none' }, ['reinforcement']],
    ['reversed order', { order: 'reversed' }, ['reinforcement', 'distillation']],
  ]
  for (const [name, config, phases] of recipes) {
    for (const mode of ['lora', 'full'] as const) {
      test(`${name}, ${mode}`, async () => {
        const { run, options } = await tinyRun(engine, fresh(), files, {
          ...config,
          tuning: { mode, rank: 2 },
          reinforcement: { steps: 2, batch: 6, groupSize: 2, learningRate: 1e-2 },
          distillation: { epochs: 1, batch: 4, teacherTopK: mode === 'full' ? null : 8, adaptiveStep: 1 },
        })
        const report = await train(options())
        expect(report.phases.map(({ phase }) => phase)).toEqual(phases)
        const logged = await steps(run.dir)
        expect(logged.every(({ loss, gradientNorm }) => Number.isFinite(loss) && Number.isFinite(gradientNorm))).toBe(
          true,
        )
        expect(logged.some(({ gradientNorm }) => gradientNorm > 0)).toBe(true)
        const weights = await run.weights('last')
        expect(weights?.adapter === null).toBe(mode === 'full')
        const [first] = logged
        if (mode === 'full' && first?.distillation && config.method !== 'seqkd') {
          expect(first.distillation.teacherMass).toBeCloseTo(1, 4)
        }
        if (phases[0] === 'reinforcement') {
          const guided = config.method === 'grpo' || config.guidance === 'none' ? 0 : (config.guidance ?? config.method)
          const shares = logged.flatMap(({ reinforcement }) => reinforcement?.guidedShare ?? [])
          if (guided === 0) expect(Math.max(...shares)).toBe(0)
          else if (guided === 'uniform' || guided === 'ppo') expect(Math.min(...shares)).toBe(1)
          expect(first?.reinforcement?.criticLoss === null).toBe(config.method === 'grpo')
        }
      })
    }
  }

  test('PPO is held to the policy it began with: the KL begins at 0 and moves', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, {
      method: 'ppo',
      reinforcement: { steps: 3, batch: 6, learningRate: 1e-2, warmupShare: 0 },
    })
    await train(options())
    const kl = (await steps(run.dir)).map(({ reinforcement }) => reinforcement?.referenceKl ?? Number.NaN)
    expect(kl[0]).toBe(0)
    expect(Math.abs(kl[2] ?? 0)).toBeGreaterThan(1e-6)
  })

  test('the critic can learn in smaller parts than the actor, and products can be rounded to BF16', async () => {
    const totals = { critic: new Set<number>(), actor: new Set<number>() }
    const { options } = await tinyRun(engine, fresh(), files, {
      coldStart: false,
      products: 'bf16',
      reinforcement: { steps: 1, batch: 6, miniBatch: 6, criticMiniBatch: 2 },
    })
    await train(
      options({
        onEvent(event) {
          if (event.type === 'progress' && (event.stage === 'critic' || event.stage === 'actor'))
            totals[event.stage].add(event.total)
        },
      }),
    )
    expect([[...totals.critic], [...totals.actor]]).toEqual([[3], [1]])
  })

  test('learns: the loss of a distillation falls, and what it wrote down plays', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, {
      method: 'kd',
      tuning: { mode: 'full' },
      distillation: { epochs: 30, batch: 8, learningRate: 1e-2, teacherTopK: null },
      validation: { questions: 2, perEpoch: 1, testQuestions: 0 },
    })
    const report = await train(options())
    const losses = (await steps(run.dir)).map(({ loss }) => loss)
    expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] ?? 0))
    expect(report.test).toBeNull()
  })

  for (const [name, config] of [
    ['DGPO', {}],
    ['DistiLLM', { method: 'distillm', distillation: { epochs: 3, batch: 4, teacherTopK: 8, adaptiveStep: 1 } }],
    ['TAID, all weights', { method: 'taid', tuning: { mode: 'full' } }],
  ] as [string, TinyConfig][]) {
    test(`${name}: after interruptions at any moment it goes on exactly as without`, async () => {
      const straight = await tinyRun(engine, fresh(), files, config)
      const report = await train(straight.options())
      const broken = await tinyRun(engine, fresh(), files, config)
      const at = (stage: string, step: number, phase?: string) => (event: RunEvent) =>
        event.type === 'progress' &&
        event.stage === stage &&
        event.step >= step &&
        (phase === undefined || event.phase === phase)
      const again = await trainInterrupted(broken.options, [
        at('teacher-episodes', 0),
        at('validation', 0),
        at('actor', 2),
        (event) => event.type === 'metrics' && event.metrics.step === 4,
        ...(name === 'DGPO' ? [at('critic', 1, 'reinforcement'), at('validation', 2, 'reinforcement')] : []),
        at('test', 0),
      ])
      expect(timeless(await broken.run.lines())).toEqual(timeless(await straight.run.lines()))
      expect(again.best).toEqual(report.best)
      expect(again.test).toEqual(report.test)
      for (const which of ['best', 'last'] as const) {
        const [a, b] = [await weightsFile(straight.run, which), await weightsFile(broken.run, which)]
        expect(readFileSync(b).equals(readFileSync(a))).toBe(true)
      }
    })
  }

  test('what a killed process leaves behind does no harm', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, { method: 'kd' })
    const stop = new AbortController()
    const training = train(
      options({
        signal: stop.signal,
        onEvent: (event) => event.type === 'metrics' && event.metrics.step === 2 && stop.abort(),
      }),
    )
    await expect(training).rejects.toThrow()
    expect(await run.status()).toEqual({ state: 'paused', pid: null })
    // Half a line, half a checkpoint, half a file, and the lock of a process that is no more.
    appendFileSync(join(run.dir, 'metrics.jsonl'), '{"type":"step","st')
    mkdirSync(join(run.dir, 'checkpoints/0-0000009.partial'))
    writeFileSync(join(run.dir, 'weights/best-adapter.gguf.partial'), 'half')
    writeFileSync(join(run.dir, 'lock'), '999999999\n')
    expect((await train(options())).outcome).toBe('finished')
    const logged = await steps(run.dir)
    expect(logged.map(({ step }) => step)).toEqual(logged.map((_, i) => i + 1))
  })

  for (const method of ['ppo', 'gkd', 'grpo'] as const) {
    test(`${method} copes with episodes in which the student says nothing`, async () => {
      const config: TinyConfig = { method, distillation: { epochs: 1, batch: 4, onPolicyShare: 1 } }
      const trained = async (silent: number) => {
        const { run, options } = await tinyRun(engine, fresh(), files, config)
        const players = { student: scriptedPlayer({ silent }), teacher: scriptedPlayer({ skill: 0.7 }) }
        await train(options({ players }))
        return steps(run.dir)
      }
      const losses = (await trained(0.6)).map(({ loss }) => loss)
      expect(losses.every(Number.isFinite)).toBe(true)
      expect(losses.some((loss) => loss !== 0)).toBe(true)
      if (method === 'gkd') expect((await trained(1)).every(({ loss }) => loss === 0)).toBe(true)
      else await expect(trained(1)).rejects.toMatchObject({ code: 'NO_VALID_ACTIONS' })
    })
  }

  test('the teacher plays once, for all runs that share its folder', async () => {
    const teacherFolder = fresh()
    const players = { student: scriptedPlayer(), teacher: scriptedPlayer({ skill: 0.7 }) }
    for (const method of ['kd', 'seqkd'] as const) {
      const { options } = await tinyRun(engine, fresh(), files, { method })
      await train(options({ teacherFolder, players }))
      // The training questions, and the validation questions.
      expect(players.teacher.played).toBe(12 + 8)
    }
  })

  test('a collapse is rolled back to the best checkpoint, and at last stopped', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, {
      coldStart: false,
      reinforcement: { steps: 12, batch: 6, warmupShare: 0 },
      validation: { every: 1, questions: 8, testQuestions: 0 },
      // Any validation below the best is a fall here.
      guard: { drops: 1, minDrop: 0, maxDropShare: 0, maxRollbacks: 1 },
    })
    const report = await train(options())
    expect(report.outcome).toBe('collapsed')
    expect(report.guard.map(({ action }) => action)).toEqual(['rollback', 'stop'])
    expect(report.guard[0]?.backTo).toBeLessThan(report.guard[0]?.step ?? 0)
    expect(report.notes.join(' ')).toMatch(/fell from .* went back to step .* stopped at step/)
    const logged = await steps(run.dir)
    const back = report.guard[0]?.step ?? 0
    const rates = logged.map(({ learningRate }) => learningRate)
    expect(rates[back]).toBeCloseTo((rates[back - 1] ?? 0) / 2, 10)
  })
})
