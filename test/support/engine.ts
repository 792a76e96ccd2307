import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, openEngine } from '../../src-main/training/index.ts'
import { root } from './data.ts'

/** The engine; null, with a printed reason, when it was not built. With CI=true it must be there. */
export function testEngine(): Engine | null {
  if (existsSync(join(root, 'native/build/lagotto.node'))) return openEngine()
  const reason = 'the training engine is not built (npm run build:native)'
  if (process.env['CI'] === 'true') throw new Error(reason)
  console.warn(`skipped: ${reason}`)
  return null
}

/** |a − b| / |b|, Euclidean. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0
  let norm = 0
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] ?? Number.NaN) - (b[i] ?? 0)) ** 2
    norm += (b[i] ?? 0) ** 2
  }
  return Math.sqrt(difference / norm)
}
