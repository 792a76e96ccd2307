import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src-main/contract/index.ts'
import { train } from '../../src-main/training/index.ts'
import { phaseLeft, runLeft } from '../../src-main/training/loop/estimate.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyRun, writeTinyModel } from '../support/training-run.ts'

describe('the time left', () => {
  const times = { stepsLeft: 10, stepSeconds: [2, 4], validationsLeft: 2, validationSeconds: 5 }

  test('is that of the last steps, with the validations to come', () => {
    expect(phaseLeft(times)).toBe(40_000)
    expect(
      phaseLeft({ ...times, stepSeconds: [...new Array<number>(5).fill(100), ...new Array<number>(20).fill(1)] }),
    ).toBe(20_000)
  })

  test('is not known before a step was measured, and nothing at the end', () => {
    expect(phaseLeft({ ...times, stepSeconds: [] })).toBeNull()
    expect(phaseLeft({ ...times, stepsLeft: 0, validationsLeft: 0 })).toBe(0)
  })

  const run = {
    phaseLeftMs: 60_000,
    laterSteps: 10,
    laterValidations: 2,
    foreseenStepSeconds: 3,
    validationSeconds: 20,
    validationQuestions: 10,
    testQuestions: 5,
  }

  test('of the whole run is as wide as what nobody has measured yet', () => {
    expect(runLeft(run)).toEqual({ least: 60_000 + 40_000 + 15_000 + 20_000, most: 60_000 + 40_000 + 60_000 + 60_000 })
    const last = { ...run, laterSteps: 0, laterValidations: 0, foreseenStepSeconds: null, testQuestions: 0 }
    expect(runLeft(last)).toEqual({ least: 60_000, most: 60_000 })
  })

  test('of the whole run is not told where a part of it can only be guessed', () => {
    expect(runLeft({ ...run, phaseLeftMs: null })).toBeNull()
    expect(runLeft({ ...run, foreseenStepSeconds: null })).toBeNull()
  })
})

const engine = testEngine()
const folder = temporaryFolder()

describe.skipIf(!engine)('what a run of two phases tells of its time', () => {
  if (!engine) return

  /** The bounds of the whole run, as they were told in each phase after its first step. */
  async function told(name: string, foreseenStepSeconds: number | null) {
    const [student, teacher] = [join(folder, `${name}-student.gguf`), join(folder, `${name}-teacher.gguf`)]
    writeTinyModel(student, 1)
    writeTinyModel(teacher, 2)
    const foreseen = foreseenStepSeconds === null ? {} : { foreseenStepSeconds }
    const config = { method: 'dgpo' } as const
    const { options } = await tinyRun(
      engine as NonNullable<typeof engine>,
      join(folder, name),
      { student, teacher },
      config,
      foreseen,
    )
    const events: Extract<RunEvent, { type: 'progress' }>[] = []
    await train(options({ onEvent: (event) => event.type === 'progress' && events.push(event) }))
    const of = (phase: string) =>
      events.flatMap((event) =>
        event.phase === phase && event.step > 0 && event.stage !== 'test' ? [event.runLeft] : [],
      )
    return { distillation: of('distillation'), reinforcement: of('reinforcement') }
  }

  test('is wide while the second one is only foreseen', async () => {
    const { distillation, reinforcement } = await told('foreseen', 1000)
    expect(distillation.length).toBeGreaterThan(0)
    // Four steps that take half or twice as long as foreseen, beside which a tiny run's own seconds are nothing.
    for (const range of distillation) {
      expect(range?.least).toBeGreaterThanOrEqual(2_000_000)
      expect(range?.most).toBeGreaterThanOrEqual(8_000_000)
    }
    for (const range of reinforcement) expect(range?.most).toBeLessThan(2_000_000)
  })

  test('is not told before the second one where nobody foresaw it', async () => {
    const { distillation, reinforcement } = await told('unforeseen', null)
    expect(distillation.every((range) => range === null)).toBe(true)
    expect(reinforcement.some((range) => range !== null)).toBe(true)
  })
})
