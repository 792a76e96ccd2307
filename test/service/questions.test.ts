import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { QuestionCheck } from '../../src-main/contract/index.ts'
import { type Service, startService } from '../../src-main/service/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const options = { dataDir: join(folder, 'data'), resourcesDir: join(root, 'resources'), version: 'test' }
let service: Service
const client = () => createRouterClient(service.router)

beforeAll(async () => {
  service = await startService(options)
})
afterAll(() => service.close())

const file = (name: string, ...rows: (object | string)[]): string => {
  const path = join(folder, name)
  writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'))
  return path
}

describe('question sets', () => {
  test('are made of files, and grow by what is new', async () => {
    const first = file(
      'Town.jsonl',
      { id: 'a', question: 'Who founded Pathel Guild?', answers: ['Prurklo Cirholt'], gold_passage_ids: ['w9001-960'] },
      'broken',
      { question: 'Where is the moon kept?', answers: ['in a drawer that no document names'] },
    )
    const made = await client().questions.import({ path: first, libraryId: 'sample' })
    expect(made).toMatchObject({
      format: 'jsonl',
      imported: 2,
      left: { broken: 1, duplicate: 0, 'no-answer': 0 },
      problems: [{ kind: 'broken', where: 'line 2' }],
      set: { name: 'Town', libraryId: 'sample', questions: 2 },
    })
    const more = file(
      'more.csv',
      'id,question,answer',
      'a,What is the profession of Flothlo Grilwright?,sculptor',
      'b,"WHO founded the Pathel Guild",x',
    )
    const grown = await client().questions.import({ path: more, name: 'town' })
    expect(grown).toMatchObject({ imported: 1, left: { duplicate: 1 }, set: { id: made.set.id, questions: 3 } })
    expect(grown.problems).toEqual([
      { kind: 'duplicate', where: 'line 3', what: 'WHO founded the Pathel Guild (in the set already)' },
    ])
    const { questions, total } = await client().questions.list({ id: made.set.id })
    expect(total).toBe(3)
    expect(questions[0]).toMatchObject({ id: 'a', goldPassageIds: ['w9001-960'] })
    expect(new Set(questions.map(({ id }) => id)).size).toBe(3)
    const { splits } = grown.set
    for (const split of ['train', 'validation', 'test'] as const) {
      expect((await client().questions.list({ id: made.set.id, split })).total).toBe(splits[split])
    }
    expect((await client().questions.list({ id: made.set.id, filter: 'SCULPTOR' })).total).toBe(1)
  })

  test('are still there after a restart, and come out as they went in', async () => {
    await service.close()
    service = await startService(options)
    const [set] = await client().questions.sets()
    const path = join(folder, 'out.jsonl')
    expect(await client().questions.export({ id: set?.id ?? '', path })).toEqual({ path, questions: 3 })
    const rows = readFileSync(path, 'utf8').trim().split('\n')
    expect(JSON.parse(rows[0] ?? '')).toEqual({
      id: 'a',
      question: 'Who founded Pathel Guild?',
      answers: ['Prurklo Cirholt'],
      gold_passage_ids: ['w9001-960'],
    })
    const again = await client().questions.import({ path, name: 'again' })
    expect(again).toMatchObject({ imported: 3, problems: [] })
    await client().questions.delete({ id: again.set.id })
    await expect(client().questions.list({ id: again.set.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('tell which answers are nowhere in the library', async () => {
    const { jobId } = (await client().libraries.list())[0] ?? {}
    if (jobId)
      for await (const { event } of await client().jobs.events({ id: jobId })) if (event.type === 'state') continue
    const [set] = await client().questions.sets()
    const events: QuestionCheck[] = []
    for await (const event of await client().questions.check({ id: set?.id ?? '' })) events.push(event)
    expect(events.at(0)).toEqual({ type: 'progress', done: 0, total: 3 })
    expect(events.at(-1)).toMatchObject({
      type: 'result',
      library: { id: 'sample' },
      questions: 3,
      notFound: [{ question: 'Where is the moon kept?' }],
    })
  })

  test.each([
    ['a file that is not there', join(folder, 'nowhere.jsonl'), 'PATH_MISSING'],
    ['a folder', folder, 'PATH_UNREADABLE'],
    ['a file without usable questions', file('useless.jsonl', { question: 'Who?', answers: [] }), 'NO_QUESTIONS'],
    ['an empty file', file('empty.jsonl'), 'NO_QUESTIONS'],
  ])('are not made of %s', async (_, path, code) => {
    await expect(client().questions.import({ path, name: 'none' })).rejects.toMatchObject({ code })
    expect((await client().questions.sets()).map(({ name }) => name)).not.toContain('none')
  })
})
