import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultRules, type LibraryRules, type Passage, type Survey } from '../../src-main/contract/index.ts'
import { createReaderPool, type SurveyOptions, survey } from '../../src-main/corpus/index.ts'
import { pdf } from '../support/documents.ts'
import { temporaryFolder } from '../support/folder.ts'

const reader = createReaderPool({ workers: 1 })
afterAll(() => reader.close())
const folder = temporaryFolder()
const write = (path: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

async function run(
  rules: Partial<LibraryRules> = {},
  paths = [folder],
  work: Partial<SurveyOptions> = {},
): Promise<Survey> {
  let last: Survey | null = null
  for await (const each of survey({ paths, rules: { ...defaultRules, ...rules }, reader, ...work })) last = each
  if (!last) throw new Error('nothing was told')
  return last
}

describe('survey', () => {
  write('a.md', 'one')
  write('sub/b.md', 'two')
  write('README', 'three')
  write('tool', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0]))
  write('text.pdf', pdf([['Text on this page.']]))
  write('scan.pdf', pdf([[], []]))
  write('broken.pdf', '%PDF-1.7 this is not a document')
  write('song.mp3', 'x')
  write('other.mp3', 'x')
  write('large.txt', 'x'.repeat(5000))
  write('.hidden', 'x')
  write('node_modules/x/y.js', 'x')
  write('.gitignore', 'build/\n')
  write('build/out.md', 'x')
  symlinkSync(join(folder, 'a.md'), join(folder, 'link.md'))

  it('counts what is there, what can be read, and why the rest cannot', async () => {
    const told = await run({ maxFileBytes: 4000, exclude: ['nothing'] })
    expect(told).toMatchObject({
      done: true,
      found: { files: 11 },
      readable: { files: 5 },
      scans: { files: 1, pages: 2, checked: 2, of: 2 },
      leftOut: { hidden: 2, system: 1, ignored: 1, excluded: 0 },
    })
    expect(told.types[0]).toMatchObject({ files: 3 })
    expect(told.types.find(({ extension }) => extension === '.mp3')).toEqual({
      extension: '.mp3',
      files: 2,
      bytes: 2,
      readable: false,
    })
    const reasons = Object.fromEntries(told.skipped.map(({ code, message, files }) => [`${code} ${message}`, files]))
    expect(reasons).toEqual({
      'FILE_UNSUPPORTED Files of the type .mp3 cannot be read.': 2,
      'FILE_UNSUPPORTED This is a link to something else; links are not followed.': 1,
      'FILE_UNSUPPORTED This file holds binary data, not text.': 1,
      'FILE_TOO_LARGE This file is larger than 0.004 MB.': 1,
      'FILE_DAMAGED This file is damaged and cannot be opened.': 1,
    })
    expect(told.skipped[0]?.examples.toSorted()).toEqual(['other.mp3', 'song.mp3'])
    expect(told.estimate).toEqual([{ what: 'reading', ms: expect.closeTo(41.4, 1) }])
  })

  it('counts a file once when paths overlap, and takes single files', async () => {
    expect((await run({}, [folder, join(folder, 'sub'), join(folder, 'a.md')])).found.files).toBe(11)
    expect(await run({}, [join(folder, 'a.md')])).toMatchObject({
      found: { files: 1, bytes: 3 },
      readable: { files: 1 },
    })
  })

  it('estimates each part of the work that will be done, with what passages of the files take', async () => {
    const prose = join(folder, 'prose')
    // 600 characters to a passage
    for (let i = 0; i < 10; i++) write(`prose/${i}.txt`, 'All about the oak trees. '.repeat(240))
    write('prose/scan.pdf', pdf([['A page with text.'], [], [], []]))
    const measured: number[] = []
    const embedding = async () => async (passages: readonly Passage[]) => {
      measured.push(passages.length)
      return 10
    }
    const work = { recognitionMs: 1000, embedding }
    const { estimate, scans } = await run({}, [prose], work)
    expect(scans).toEqual({ files: 0, pages: 3, checked: 1, of: 1 })
    expect(estimate?.map(({ what }) => what)).toEqual(['reading', 'recognition', 'embedding'])
    const [, recognition, vectors] = estimate ?? []
    expect(recognition?.ms).toBe(3000)
    // 3 of 10 files that have 9 passages each; a page with text and three without
    expect(measured).toEqual([3 * 9])
    expect(vectors?.ms).toBeCloseTo(10 * (10 * 9 + 4 * 4), 0)

    const failing = async () => async () => Promise.reject(new Error('no memory'))
    expect((await run({}, [prose], { embedding: failing })).estimate?.at(-1)).toEqual({ what: 'embedding', ms: null })
    expect((await run({}, [prose], { embedding: async () => null })).estimate).toHaveLength(1)
  })

  it('says what is wrong with a path, and stops when told to', async () => {
    await expect(run({}, [join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'PATH_MISSING' })
    const stop = AbortSignal.abort(new Error('stopped'))
    const told = survey({ paths: [folder], rules: defaultRules, reader, signal: stop })
    await expect(told.next()).rejects.toThrow('stopped')
  })
})
