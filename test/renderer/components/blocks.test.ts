import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockAt, cellsOf, toBlocks } from '../../../src-renderer/components/sources/blocks.ts'

describe('toBlocks', () => {
  it('covers every character but the line ends, in order, in short rows', () => {
    const text = fc.array(fc.oneof(fc.string(), fc.constant('\n'), fc.constant('word '.repeat(900))), { maxLength: 12 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(3000)), (parts, pages) => {
        const whole = parts.join('')
        const blocks = toBlocks(whole, [0, ...pages.sort((a, b) => a - b)], [], [])
        let at = 0
        for (const block of blocks) {
          expect(whole.slice(at, block.start).replaceAll('\n', '')).toBe('')
          expect(whole.slice(block.start, block.start + block.text.length)).toBe(block.text)
          expect(block.text.length).toBeLessThanOrEqual(1500)
          at = block.start + block.text.length
        }
        expect(whole.slice(at).replaceAll('\n', '')).toBe('')
      }),
    )
  })

  it('says where pages and headings begin', () => {
    const text = 'Title\nfirst page\nsecond page'
    const blocks = toBlocks(text, [0, 17], [{ level: 1, offset: 0 }], [])
    expect(blocks).toEqual([
      { start: 0, text: 'Title', heading: 1, page: 1, row: null },
      { start: 6, text: 'first page', heading: 0, page: null, row: null },
      { start: 17, text: 'second page', heading: 0, page: 2, row: null },
    ])
  })

  it('breaks a line where a page begins inside it', () => {
    expect(toBlocks('one two', [0, 4], [], []).map(({ text, page }) => [text, page])).toEqual([
      ['one ', 1],
      ['two', 2],
    ])
  })

  it('cuts a megabyte without line ends in a moment', () => {
    const started = performance.now()
    const blocks = toBlocks('lorem ipsum '.repeat(90_000), [0], [], [])
    expect(blocks.length).toBeGreaterThan(700)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('a table', () => {
  const text = 'Teams\n\nName | Cups\nBears | 4\n\nend'
  const blocks = toBlocks(text, [], [], [{ start: 7, end: 28 }])

  it('is told apart from what stands around it, its first row from the others', () => {
    expect(blocks.map(({ text, row }) => [text, row])).toEqual([
      ['Teams', null],
      ['', null],
      ['Name | Cups', 'header'],
      ['Bears | 4', 'row'],
      ['', null],
      ['end', null],
    ])
  })

  it('has cells that stand where they stand in the text', () => {
    const cells = blocks.flatMap((block) => (block.row ? cellsOf(block, ' | ') : []))
    expect(cells.map((cell) => text.slice(cell.start, cell.start + cell.text.length))).toEqual(
      cells.map((cell) => cell.text),
    )
    expect(cells.map((cell) => cell.text)).toEqual(['Name', 'Cups', 'Bears', '4'])
  })
})

describe('blockAt', () => {
  it('finds the row of any offset', () => {
    const blocks = toBlocks('aa\nbb\n\ncc', [0], [], [])
    expect([0, 1, 3, 4, 7, 8, 99].map((offset) => blocks[blockAt(blocks, offset)]?.text)).toEqual([
      'aa',
      'aa',
      'bb',
      'bb',
      'cc',
      'cc',
      'cc',
    ])
  })
})
