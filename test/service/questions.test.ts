import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { passageEvidence, type QuestionCheck, splitOf } from '../../src-main/contract/index.ts'
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

  test('keep what was looked up, and show the questions that have a problem', async () => {
    const [set] = await client().questions.sets()
    const id = set?.id ?? ''
    expect(set).toMatchObject({ notFound: 1, checked: 0 })
    const texts = async (problem: 'not-found' | 'unchecked' | 'no-evidence') =>
      (await client().questions.list({ id, problem })).questions.map(({ question }) => question)
    expect(await texts('not-found')).toEqual(['Where is the moon kept?'])
    expect(await texts('unchecked')).toEqual([])
    expect(await texts('no-evidence')).toEqual([
      'Where is the moon kept?',
      'What is the profession of Flothlo Grilwright?',
    ])
  })

  test('are written, put differently, tagged, taken away and brought back', async () => {
    const { id } = await client().questions.create({ name: 'By hand', libraryId: 'sample' })
    await expect(client().questions.create({ name: 'by HAND' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const { hits } = await client().libraries.search({ id: 'sample', query: 'Pathel Guild founder' })
    const passage = hits[0]
    if (!passage) throw new Error('the sample library holds this passage')
    const evidence = [passageEvidence(passage, [{ start: 0, end: 12 }])]
    const add = (question: string, answers: string[], more = {}) =>
      client().questions.add({ id, content: { question, answers, ...more } })
    const first = await add('Who founded Pathel Guild?', ['Prurklo Cirholt', ' '.padEnd(2, 'P')], {
      evidence,
      tags: ['guild', 'guild'],
    })
    expect(first).toMatchObject({
      answers: ['Prurklo Cirholt', 'P'],
      tags: ['guild'],
      origin: 'written',
      found: true,
      split: splitOf('Who founded Pathel Guild?'),
      goldPassageIds: [passage.id],
      evidence: [
        { title: 'Pathel Guild', place: { id: passage.id, libraryId: 'sample' }, marks: [{ start: 0, end: 12 }] },
      ],
    })
    const second = await add('Who is nobody?', ['a word that no document holds'])
    expect(second.found).toBe(false)
    await expect(add('who founded the PATHEL guild', ['x'])).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(add('What?', ['the', '–'])).resolves.toMatchObject({ answers: ['–'] })
    await expect(add('Which?', ['the'])).rejects.toMatchObject({ code: 'INVALID_INPUT' })

    const content = { question: 'Who founded the Pathel Guild, then?', answers: ['Prurklo Cirholt'] }
    const edited = await client().questions.edit({ id, questionId: first.id, content })
    expect(edited).toMatchObject({ id: first.id, goldPassageIds: [], evidence: [], position: first.position })
    const twin = { id, questionId: first.id, content: { question: 'who is nobody', answers: ['x'] } }
    await expect(client().questions.edit(twin)).rejects.toMatchObject({ code: 'INVALID_INPUT' })

    await client().questions.tag({ id, questionIds: [first.id, second.id], add: ['old', 'new'], remove: ['guild'] })
    await client().questions.tag({ id, questionIds: [second.id], remove: ['old'] })
    const tagged = await client().questions.list({ id, tag: 'old' })
    expect(tagged.questions.map((one) => one.id)).toEqual([first.id])
    const set = (await client().questions.sets()).find((one) => one.id === id)
    expect(set).toMatchObject({
      checked: 3,
      tags: [
        { tag: 'new', questions: 2 },
        { tag: 'old', questions: 1 },
      ],
    })

    const before = await client().questions.list({ id })
    const { questions: removed } = await client().questions.remove({ id, questionIds: [first.id, 'unknown'] })
    expect(removed).toHaveLength(1)
    expect((await client().questions.list({ id })).total).toBe(2)
    await client().questions.restore({ id, questions: removed })
    expect(await client().questions.list({ id })).toEqual(before)

    const renamed = await client().questions.update({ id, name: 'By HAND' })
    expect(renamed).toMatchObject({ name: 'By HAND', libraryId: 'sample' })
    const { text } = await client().questions.jsonl({ id })
    const again = file('again.jsonl', ...text.trim().split('\n'))
    const copy = await client().questions.import({ path: again })
    const copied = await client().questions.list({ id: copy.set.id })
    const bare = (all: typeof before) => all.questions.map(({ found: _, origin: __, position: ___, ...rest }) => rest)
    expect(bare(copied)).toEqual(bare(before))
    await client().questions.delete({ id: copy.set.id })
    await client().questions.delete({ id })
  })

  test.each([
    ['a file that is not there', join(folder, 'nowhere.jsonl'), 'PATH_MISSING'],
    ['a folder', folder, 'PATH_UNREADABLE'],
    ['a file without usable questions', file('useless.jsonl', { question: 'Who?', answers: [] }), 'NO_QUESTIONS'],
    ['an empty file', file('empty.jsonl'), 'NO_QUESTIONS'],
    ['bytes', file('bytes.csv', '\0\u0001\u0002'), 'INVALID_INPUT'],
    ['a spreadsheet in disguise', file('sheet.csv', 'PK\u0003\u0004'), 'INVALID_INPUT'],
    ['Parquet in name only', file('name.parquet', 'question,answer'), 'INVALID_INPUT'],
  ])('are not made of %s', async (_, path, code) => {
    await expect(client().questions.import({ path, name: 'none' })).rejects.toMatchObject({ code })
    expect((await client().questions.sets()).map(({ name }) => name)).not.toContain('none')
  })
  test('are made of JSON whatever the name of the file says', async () => {
    const named = file(
      'squad.csv',
      JSON.stringify({
        data: [{ title: 'T', paragraphs: [{ context: 'C', qas: [{ question: 'Who?', answers: [{ text: 'Ann' }] }] }] }],
      }),
    )
    expect(await client().questions.import({ path: named, name: 'named' })).toMatchObject({
      format: 'squad',
      imported: 1,
    })
  })
})
