import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { inParallel } from '../../src-main/corpus/parallel.ts'

it('holds a failure until the taker comes back for it', async () => {
  const unheard: unknown[] = []
  const listen = (reason: unknown): number => unheard.push(reason)
  process.on('unhandledRejection', listen)
  onTestFinished(() => void process.off('unhandledRejection', listen))
  const stop = new AbortController()
  const work = async (n: number, signal: AbortSignal): Promise<number> => {
    await setTimeout(n, undefined, { signal })
    return n
  }
  const taking = async (): Promise<void> => {
    for await (const _ of inParallel([1, 50, 60, 70], 2, work, stop.signal)) {
      stop.abort(new Error('enough'))
      await setTimeout(20)
    }
  }
  await expect(taking()).rejects.toThrow()
  expect(unheard).toEqual([])
})
