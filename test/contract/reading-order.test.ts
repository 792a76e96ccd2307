import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inReadingOrder, type PlacedText } from '../../src-main/contract/index.ts'

/** A run of 10 points in size, 5 points a letter. */
const run = (str: string, x: number, y: number, more: Partial<PlacedText> = {}): PlacedText => ({
  str,
  dir: 'ltr',
  transform: [10, 0, 0, 10, x, y],
  width: 5 * str.length,
  hasEOL: false,
  ...more,
})
const right = 310
/** Lines 12 points apart; those of two halves or more have them in columns. */
const page = (lines: readonly (string | readonly string[])[], columns = [60, right, 450], top = 700): PlacedText[] =>
  lines.flatMap((line, row) => {
    const cells = [line].flat()
    return cells.flatMap((cell, i) => {
      const last = i === cells.length - 1
      const own = cell === '' ? [] : [run(cell, columns[i] ?? 0, top - 12 * row, { hasEOL: last })]
      return last ? own : [...own, run(' ', (columns[i] ?? 0) + 5 * cell.length, top - 12 * row, { width: 20 })]
    })
  })
const texts = (items: readonly PlacedText[]): string[] => items.map(({ str }) => str).filter((str) => str.trim() !== '')

const left = [
  'The dog looks for truffles in the woods of',
  'the hills, where oaks and hazels grow. It is',
  'led by its nose alone, and it digs with care',
  'so that no root is hurt. When it has found',
  'one, it waits for its bread.',
]
const other = [
  'Water is what the breed was made for: long',
  'ago it fetched ducks out of lagoons, and its',
  'curly coat kept the cold off. Then the land',
  'was drained, and the dogs had to learn what',
  'they are known for today, in other places.',
]
const rowByRow = left.map((line, i) => [line, other[i] ?? ''] as const)
const title = 'A dog of many talents, told in two columns that have a title across both of them'

describe('inReadingOrder', () => {
  it('has the left column before the right one, between lines across both', () => {
    const close = 'This line again runs across the whole of the page, from its left to its right.'
    const ordered = inReadingOrder(page([title, ...rowByRow, close, ...rowByRow]))
    expect(texts(ordered)).toEqual([title, ...left, ...other, close, ...left, ...other])
  })

  it('has three columns and more one after the other', () => {
    const narrow = (lines: readonly string[]): string[] => lines.flatMap((line) => [line.slice(0, 20), line.slice(20)])
    const [first, second] = [narrow(left), narrow(other)]
    const rows = (...columns: string[][]): string[][] => first.map((_, i) => columns.map((lines) => lines[i] ?? ''))
    const three = rows(first, second.slice(0, 7), first)
    const columns = [40, 180, 320, 460]
    expect(texts(inReadingOrder(page([title, ...three, title], columns)))).toEqual([
      title,
      ...[first, second.slice(0, 7), first].flat(),
      title,
    ])
    expect(texts(inReadingOrder(page(rows(first, second, first, second), columns)))).toEqual(
      [first, second, first, second].flat(),
    )
  })

  it('ends a line where a line of a column ends', () => {
    const ordered = inReadingOrder(page(rowByRow))
    expect(ordered.filter(({ hasEOL }) => hasEOL)).toHaveLength(left.length + other.length)
    expect(ordered.at(-1)?.hasEOL).toBe(true)
  })

  it('keeps columns of different lengths together', () => {
    const longer = page([...rowByRow, [left[1] ?? '', ''], [left[2] ?? '', '']])
    expect(texts(inReadingOrder(longer))).toEqual([...left, left[1], left[2], ...other])
    const foot = run('17', 60, 600)
    expect(texts(inReadingOrder([...page(rowByRow), foot]))).toEqual([...left, ...other, '17'])
  })

  it('keeps lines in pieces and a little off the baseline', () => {
    const pieces = left.flatMap((line, i) => [
      run(line.slice(0, 20), 60, 700 - 12 * i),
      run(line.slice(20), 160, 702 - 12 * i),
      run(other[i] ?? '', right, 699 - 12 * i, { hasEOL: true }),
    ])
    const ordered = inReadingOrder(pieces)
    expect(texts(ordered)).toEqual([...left.flatMap((line) => [line.slice(0, 20), line.slice(20)]), ...other])
  })

  const short = left.map((line, i) => [line.slice(0, 12), `${i + 1}.50`] as const)
  const three = left.map((line, i) => [line.slice(0, 30), `part ${i}`, `${i}7 g`] as const)
  const cells = left.map((_, i) => [`Length of the coat in summer, sample ${i}`, `Measured by the owner, in May ${i}`])
  it.each([
    ['one column', page([title, ...left, ...other])],
    ['column by column', [...page(left), ...page(other, [right])]],
    ['a table of short cells', page(short)],
    ['a table of three columns', page(three)],
    ['a table of cells that are no running text', page(cells)],
    ['fewer lines than make a column', page(rowByRow.slice(0, 3))],
    ['text across the gutter', page(rowByRow.map((row, i) => (i % 2 === 0 ? row : title)))],
    ['right to left', page(rowByRow).map((item) => ({ ...item, dir: 'rtl' }))],
    ['turned', page(rowByRow).map((item) => ({ ...item, transform: [0, 10, -10, 0, ...item.transform.slice(4)] }))],
    ['nothing', []],
  ])('keeps the order of the file: %s', (_, items) => {
    expect(inReadingOrder(items)).toEqual(items)
  })

  it('loses and doubles nothing, wherever it stands', () => {
    const place = fc.record({
      words: fc.integer({ min: 0, max: 12 }),
      column: fc.constantFrom(60, 200, right),
      row: fc.nat(12),
    })
    fc.assert(
      fc.property(fc.array(place, { maxLength: 60 }), (places) => {
        const items = places.map(({ words, column, row }, i) => run(`${i} word`.repeat(words), column, 700 - 12 * row))
        expect(texts(inReadingOrder(items)).sort()).toEqual(texts(items).sort())
      }),
    )
  })
})
