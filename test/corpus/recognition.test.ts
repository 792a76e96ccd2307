import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createReaderPool } from '../../src-main/corpus/index.ts'
import { pdf } from '../support/documents.ts'
import { temporaryFolder } from '../support/folder.ts'
import { ocrFolder, scan } from '../support/ocr-data.ts'

const folder = temporaryFolder()
const reader = createReaderPool({ workers: 1, recognition: () => ({ languages: ['eng'], folder: ocrFolder }) })
afterAll(() => reader.close())

const read = (name: string, content: Uint8Array) => {
  writeFileSync(join(folder, name), content)
  return reader.read(join(folder, name))
}

it('reads the pictures of a page, whichever way they lie in the file', async () => {
  const doc = await read('scan.pdf', scan)
  const pages = doc.pageStarts.map((start, i) => doc.text.slice(start, doc.pageStarts[i + 1]).trim())
  expect(pages).toEqual([
    'The white truffle of Alba grows near oak trees.\nDogs find it by its smell in October.',
    'A basket of mushrooms costs twelve silver coins.\nNobody sells them on Sunday.',
  ])
}, 60_000)

it('tells where the words of a page are, as the page is shown', async () => {
  writeFileSync(join(folder, 'scan.pdf'), scan)
  const first = await reader.words(join(folder, 'scan.pdf'), 1)
  expect(first.map(({ text }) => text).join(' ')).toBe(
    'The white truffle of Alba grows near oak trees. Dogs find it by its smell in October.',
  )
  expect(first.map(({ line }) => line)).toEqual([...Array(9).fill(0), ...Array(8).fill(1)])
  // the second lies on its side in the file
  const second = await reader.words(join(folder, 'scan.pdf'), 2)
  for (const words of [first, second]) {
    for (const [i, { left, top, width, height, line }] of words.entries()) {
      expect(left >= 0 && left + width <= 1 && top >= 0 && top + height <= 1).toBe(true)
      const before = words[i - 1]
      if (before?.line === line) expect(left).toBeGreaterThan(before.left + before.width)
      else if (before) expect(top).toBeGreaterThan(before.top)
    }
  }
  expect(await reader.words(join(folder, 'scan.pdf'), 3)).toEqual([])
}, 60_000)

it('leaves pages alone that have text, and says when there was nothing to recognize', async () => {
  const doc = await read('text.pdf', pdf([['Only text here.'], []]))
  expect([doc.text, doc.warnings]).toEqual(['Only text here.', ['Page 2 has no text.']])
  await expect(read('blank.pdf', pdf([[]]))).rejects.toMatchObject({
    code: 'FILE_EMPTY',
    message: 'No text could be recognized in this file.',
  })
})

it('says so when the data of a language is not there', async () => {
  const other = createReaderPool({ workers: 1, recognition: () => ({ languages: ['xyz'], folder }) })
  await expect(other.read(join(folder, 'scan.pdf'))).rejects.toMatchObject({ code: 'PATH_MISSING' })
  await other.close()
})
