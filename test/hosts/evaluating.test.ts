import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Comparison, Evaluation, ResultTable } from '../../src-main/contract/index.ts'
import { runCommand } from '../support/app.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const dataDir = join(folder, 'data')
const bundled = (name: string): string => join(root, 'resources/models', name)
const lagotto = (...args: string[]) => runCommand([...args, '--data-dir', dataDir, '--json'])
const pair = [
  ...['--contestant', `Student=${bundled('micro-student.gguf')}`],
  ...['--contestant', `Teacher=${bundled('micro-teacher.gguf')}`],
]
const set = 'questions about the sample library'

beforeAll(async () => {
  const app = await serve(dataDir)
  await app.ready('sample')
  await app.client.evaluations.addBenchmark({ kind: 'sample' })
  // The untrained student writes until its room is full: less room, less to wait for.
  await app.client.system.updateSettings({ contextLength: 512 })
  await app.close()
})

describe('the command line of compare and eval', () => {
  test.each([
    [['compare', 'Who?', '--set', 's'], 'exclude each other'],
    [['compare', 'Who?', '--contestant', 'model'], 'names no contestant'],
    [['eval', '--sample', '--retrieval-only', '--report', 'x.html'], 'leave --retrieval-only out'],
  ])('%j makes no sense', async (args, reason) => {
    const { code, stderr } = await lagotto(...args)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) })
  })
})

describe('compare', () => {
  test('asks several models one question', async () => {
    const { code, json } = await lagotto(
      ...['compare', 'Who founded Pathel Guild?', '--answer', 'Prurklo Cirholt', '--sample', ...pair],
      ...['--contestant', `Gone=${join(folder, 'gone.gguf')}`],
    )
    const { entries } = json() as Comparison
    expect(code).toBe(0)
    expect(entries.map(({ contestant, right }) => [contestant.label, right])).toEqual([
      ['Student', false],
      ['Teacher', true],
      ['Gone', null],
    ])
    expect(entries[2]?.trace).toMatchObject({ outcome: 'failed', error: { code: expect.stringMatching(/MISSING/) } })
  })

  test('asks them a set, writes a report, and eval goes on from what is known', async () => {
    const report = join(folder, 'report.html')
    const first = await lagotto('compare', '--set', set, '--limit', '2', ...pair, '--report', report)
    const { evaluation, table } = first.json() as { evaluation: Evaluation; table: ResultTable }
    expect({ code: first.code, done: evaluation.done }).toEqual({ code: 0, done: 4 })
    const html = readFileSync(report, 'utf8')
    expect(html).toContain('Teacher answers')
    expect(html).not.toContain('<script')
    const again = await lagotto('eval', '--set', set, '--limit', '2', ...pair, '--report', join(folder, 'report.json'))
    expect((again.json() as { table: ResultTable }).table.methods[1]?.cells).toEqual(table.methods[1]?.cells)
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).rows).toHaveLength(2)
  })
})

describe('questions import --passages', () => {
  test('brings a published set with the passages to search', async () => {
    const file = join(folder, 'hotpot.json')
    const context = [
      ['Ann', ['Ann founded Olm.']],
      ['Bob', ['Bob did not.']],
    ]
    const one = { _id: 'h', question: 'Who founded Olm?', answer: 'Ann', supporting_facts: [['Ann', 0]], context }
    writeFileSync(file, JSON.stringify([one]))
    const { code, json } = await lagotto('questions', 'import', file, '--passages', 'own')
    expect({ code, result: json() }).toMatchObject({
      code: 0,
      result: { format: 'hotpotqa', imported: 1, library: { name: 'hotpot' } },
    })
    const found = (await lagotto('search', 'Olm', '--library', 'hotpot')).json() as { hits: { text: string }[] }
    expect(found.hits[0]?.text).toContain('Ann founded Olm.')
  })
})

describe('eval --report', () => {
  test('gives the sample the same report', async () => {
    const report = join(folder, 'sample.json')
    const { code, json } = await lagotto('eval', '--sample', '--limit', '4', '--arcap', '--report', report)
    const { table, rows } = JSON.parse(readFileSync(report, 'utf8'))
    expect(code).toBe(0)
    expect(table.methods[0].mean.scores.em.mean).toBe((json() as { em: number }).em)
    expect(table.methods[0].arcap.all.given).toBe(4)
    expect(rows.map(({ results }: { results: { fate: string }[] }) => results[0]?.fate)).toHaveLength(4)
  })
})
