import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineReader } from '../../../src-main/service/runs/line-reader.ts'
import { temporaryFolder } from '../../support/folder.ts'

const folder = temporaryFolder()
const path = join(folder, 'lines.jsonl')
const text = (lines: readonly object[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

describe('a reader of lines', () => {
  test('knows nothing of a file that is not there', async () => {
    const reader = new LineReader(join(folder, 'nowhere'))
    expect([await reader.count(), await reader.slice(0, 10), await reader.firstOf(3)]).toEqual([0, [], 0])
  })

  test('reads any part of what was written so far, whatever its letters', async () => {
    const parts = fc.array(fc.array(fc.record({ step: fc.nat(9), text: fc.string({ unit: 'grapheme' }) })), {
      maxLength: 5,
    })
    await fc.assert(
      fc.asyncProperty(parts, fc.nat(20), fc.nat(20), async (written, since, limit) => {
        writeFileSync(path, '')
        const reader = new LineReader(path)
        const all: object[] = []
        for (const part of written) {
          appendFileSync(path, text(part))
          all.push(...part)
          expect(await reader.count()).toBe(all.length)
          expect(await reader.slice(since, limit)).toEqual(all.slice(since, since + limit))
        }
      }),
      { numRuns: 50 },
    )
  })

  test('waits for the end of a line, and starts again with a file that was written anew', async () => {
    writeFileSync(path, text([{ step: 1 }]))
    const reader = new LineReader(path)
    appendFileSync(path, '{"step":')
    expect(await reader.slice(0, 9)).toEqual([{ step: 1 }])
    appendFileSync(path, '2}\n')
    expect(await reader.slice(0, 9)).toEqual([{ step: 1 }, { step: 2 }])
    writeFileSync(`${path}.partial`, text([{ step: 7 }, { step: 8 }, { step: 9 }]))
    renameSync(`${path}.partial`, path)
    expect(await reader.slice(1, 1)).toEqual([{ step: 8 }])
  })

  test('finds a step among many without reading them all', async () => {
    const steps = Array.from({ length: 10_000 }, (_, i) => ({ step: Math.floor(i / 3), text: 'x'.repeat(50) }))
    writeFileSync(path, text(steps))
    const reader = new LineReader(path)
    expect([await reader.firstOf(0), await reader.firstOf(1234), await reader.firstOf(1_000_000)]).toEqual([
      0, 3702, 10_000,
    ])
    expect(await reader.slice(3702, 3)).toEqual(steps.slice(3702, 3705))
  })
})
