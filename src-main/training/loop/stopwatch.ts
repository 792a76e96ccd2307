import type { StepSeconds } from '../../contract/index.ts'

type Part = Exclude<keyof StepSeconds, 'total'>

/** Splits a step's wall time by what it was for. */
export class Stopwatch {
  readonly #began = performance.now()
  readonly #parts: Record<Part, number> = { rollout: 0, scoring: 0, teacher: 0, critic: 0, actor: 0 }

  async time<T>(part: Part, work: () => Promise<T>): Promise<T> {
    const began = performance.now()
    try {
      return await work()
    } finally {
      this.#parts[part] += (performance.now() - began) / 1000
    }
  }

  seconds(): StepSeconds {
    return { ...this.#parts, total: (performance.now() - this.#began) / 1000 }
  }
}

const parts = ['rollout', 'scoring', 'teacher', 'critic', 'actor', 'total'] as const

export const noSeconds: StepSeconds = { rollout: 0, scoring: 0, teacher: 0, critic: 0, actor: 0, total: 0 }

export function addSeconds(a: StepSeconds, b: StepSeconds): StepSeconds {
  return Object.fromEntries(parts.map((part) => [part, a[part] + b[part]])) as StepSeconds
}
