import { setTimeout } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DocumentReader } from '../../src-main/corpus/index.ts'
import type { FileRow } from '../../src-main/store/index.ts'
import { expectConsistent, pool, read, rows, run, sink, store, write } from '../support/ingestion.ts'

describe('an ingestion that is stopped', () => {
  beforeEach(() => {
    for (let i = 0; i < 120; i++) write(`${i}.txt`, `Note number ${i}.`)
  })

  it('leaves the rest waiting and goes on where it was', async () => {
    const stopping = new AbortController()
    sink.beforeWrite = (number) => {
      if (number === 2) stopping.abort(new Error('stopped'))
    }
    const running = run({ signal: stopping.signal })
    await expect(running).rejects.toThrow('stopped')
    const { files } = store.counts('library')
    expect(files.indexed).toBeGreaterThanOrEqual(32)
    expect(files.waiting).toBe(120 - files.indexed)
    expectConsistent()

    sink.beforeWrite = () => undefined
    await run()
    expect(read.length).toBe(files.waiting)
    expect(store.counts('library').files.indexed).toBe(120)
    expect(sink.passages.length).toBe(120)
  })

  it('ends at once, also while a document is being read', async () => {
    const stopping = new AbortController()
    const stuck: DocumentReader = {
      read: (_, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      probe: pool.probe,
      words: pool.words,
      close: async () => undefined,
    }
    const running = run({ signal: stopping.signal, reader: stuck })
    running.catch(() => undefined)
    await setTimeout(200)
    const before = performance.now()
    stopping.abort(new Error('stopped'))
    await expect(running).rejects.toThrow('stopped')
    expect(performance.now() - before).toBeLessThan(1000)
    expect(store.counts('library').files.waiting).toBe(120)
  })

  it('loses nothing that was acknowledged when writing fails', async () => {
    sink.beforeWrite = (number) => {
      if (number === 3) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    }
    await expect(run()).rejects.toMatchObject({ code: 'ENOSPC' })
    const indexed = rows().filter((row) => row.state === 'indexed')
    expect(indexed.length).toBeGreaterThanOrEqual(64)
    expectConsistent()
    sink.beforeWrite = () => undefined
    await run()
    expect(read.length).toBe(120 - indexed.length)
    expect(sink.passages.length).toBe(120)
    expectConsistent()
  })

  it('reads again what a killed process had under way', async () => {
    await run()
    const [killed, ...others] = rows()
    // as the process leaves it between the write to the index and that to the store
    store.saveFiles([{ ...(killed as FileRow), state: 'reading', contentHash: null }])
    await run()
    expect(read).toEqual([killed?.relativePath])
    expect(rows().filter((row) => row.state === 'indexed').length).toBe(others.length + 1)
    expect(sink.passages.length).toBe(120)
  })
})
