import { describe, expect, test } from 'vitest'
import { learningRateAt, type Schedule } from '../../src-main/training/index.ts'

const schedule: Schedule = { kind: 'constant', learningRate: 2, warmupSteps: 4, totalSteps: 14 }
const cosine: Schedule = { ...schedule, kind: 'cosine', finalShare: 0.25 }

describe('learning rates', () => {
  test('rise evenly to the peak and stay there', () => {
    expect([0, 1, 2, 3, 4, 13, 99].map((step) => learningRateAt(schedule, step))).toEqual([0.5, 1, 1.5, 2, 2, 2, 2])
  })

  test('without warm-up begin at the peak', () => {
    expect(learningRateAt({ ...schedule, warmupSteps: 0 }, 0)).toBe(2)
  })

  test('fall along a cosine to the final share and stay there', () => {
    expect(learningRateAt(cosine, 3)).toBe(2)
    expect(learningRateAt(cosine, 9)).toBeCloseTo(2 * (0.25 + 0.75 * 0.5), 10)
    expect(learningRateAt(cosine, 14)).toBeCloseTo(0.5, 10)
    expect(learningRateAt(cosine, 1000)).toBeCloseTo(0.5, 10)
  })
})
