import { renameSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { appError, type Passage } from '../../src-main/contract/index.ts'
import type { EarlierPassages } from '../../src-main/corpus/index.ts'
import {
  emptySink,
  expectConsistent,
  folder,
  read,
  rows,
  run,
  sink,
  states,
  texts,
  write,
} from '../support/ingestion.ts'

/** What the index of now has, for one that is built after it; some passages may be lost. */
function earlier(lost: (passage: Passage) => boolean = () => false): EarlierPassages {
  const { passages } = sink
  return {
    index: 'index',
    async *passages(fileIds) {
      for (const passage of passages) if (fileIds.includes(passage.fileId) && !lost(passage)) yield passage
    },
  }
}

describe('a new index beside an earlier one of the same chunker', () => {
  beforeEach(async () => {
    for (let i = 0; i < 80; i++) write(`${i}.md`, `Note number ${i}.`)
    write('long.txt', Array.from({ length: 200_000 }, (_, i) => `Line ${i} of a long text.`).join('\n'))
    write('broken.pdf', '%PDF-1.7 nothing')
    await run()
  })

  it('takes over what was read, large files as well, and reads only what changed', async () => {
    const before = { rows: rows(), texts: texts() }
    const known = earlier()
    emptySink()
    write('7.md', 'Note number seven.')
    write('new.md', 'A new note.')
    await run({ index: 'other', earlier: known })
    expect(read.toSorted()).toEqual(['7.md', 'new.md'])
    expect(texts()).toEqual(
      [...before.texts.filter((text) => text !== 'Note number 7.'), 'Note number seven.', 'A new note.'].sort(),
    )
    expect(states()).toMatchObject({ '3.md': 'indexed', 'broken.pdf': 'failed FILE_DAMAGED' })
    expect(new Set(rows().map((row) => row.indexFingerprint))).toEqual(new Set(['other']))
    expect(rows().find(({ relativePath }) => relativePath === '3.md')?.contentHash).toBe(
      before.rows.find(({ relativePath }) => relativePath === '3.md')?.contentHash,
    )
    expectConsistent()
    await run({ index: 'other', earlier: known })
    expect(read).toEqual([])
  })

  it('keeps what a source had that is not there', async () => {
    const before = texts()
    const known = earlier()
    emptySink()
    renameSync(folder, `${folder}-unplugged`)
    await expect(run({ index: 'other', earlier: known })).rejects.toMatchObject({ value: { code: 'PATH_MISSING' } })
    expect(texts()).toEqual(before)
    expect(read).toEqual([])
  })

  it('reads what the earlier index does not have whole', async () => {
    const before = texts()
    const known = earlier(({ text }) => text === 'Note number 5.')
    emptySink()
    await run({ index: 'other', earlier: known })
    expect(read).toEqual(['5.md'])
    expect(texts()).toEqual(before)
    expectConsistent()
  })

  it('reads everything when the earlier index is damaged', async () => {
    const before = texts()
    emptySink()
    const passages = (): AsyncIterable<Passage> => {
      throw appError('INDEX_DAMAGED', 'The index is damaged.', 'Build it anew.')
    }
    await run({ index: 'other', earlier: { index: 'index', passages } })
    expect(read).toHaveLength(82)
    expect(texts()).toEqual(before)
    expectConsistent()
  })

  it('goes on where it was when it is stopped', async () => {
    const before = texts()
    const known = earlier()
    emptySink()
    const stop = new AbortController()
    const stopped = run({
      index: 'other',
      earlier: known,
      signal: stop.signal,
      emit: (event) => event.type === 'file' && stop.abort(),
    })
    await expect(stopped).rejects.toThrow()
    expect(rows().some((row) => row.indexFingerprint === 'index')).toBe(true)
    await run({ index: 'other', earlier: known })
    expect(read).toEqual([])
    expect(texts()).toEqual(before)
    expectConsistent()
  })
})
