import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EvaluationInput, splitOf } from '../../src-main/contract/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startOpenAi } from '../support/openai.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const bundled = (name: string) => join(root, 'resources/models', name)
const student = { label: 'Student', model: bundled('micro-student.gguf'), adapter: null }
const teacher = { label: 'Teacher', model: bundled('micro-teacher.gguf'), adapter: null }
let app: Awaited<ReturnType<typeof serve>>
let setId = ''

const input = (more: Partial<EvaluationInput> = {}): EvaluationInput => ({
  methods: [student, teacher],
  sets: [{ setId, limit: 3 }],
  arcap: false,
  blind: false,
  ...more,
})
/** Starts an evaluation and waits for its end. */
async function finished(wanted: EvaluationInput) {
  const { id, jobId } = await app.client.evaluations.start(wanted)
  await app.follow(jobId)
  return app.client.evaluations.get({ id })
}

beforeAll(async () => {
  app = await serve(join(folder, 'data'))
  await app.ready('sample')
  // The untrained student writes until its room is full: less room, less to wait for.
  await app.client.system.updateSettings({ contextLength: 512 })
  const { import: imported, library } = await app.client.evaluations.addBenchmark({ kind: 'sample' })
  setId = imported.set.id
  expect(library?.id).toBe('sample')
  expect(imported).toMatchObject({ imported: 500, set: { libraryId: 'sample' } })
})
afterAll(() => app.close())

describe('an evaluation', () => {
  test('has every method answer every question, and sets out how they did', async () => {
    const plan = await app.client.evaluations.plan(input({ arcap: true }))
    expect(plan).toEqual({ questions: 3, answers: 6, known: 0, withPassages: 3 })
    const { evaluation, table } = await finished(input({ arcap: true }))
    expect(evaluation).toMatchObject({ state: 'succeeded', done: 6, total: 6, error: null })
    const [a, b] = table.methods
    expect(b?.cells[0]?.right).toBeGreaterThan(a?.cells[0]?.right ?? 3)
    expect(b?.cells[0]?.difference?.em.mean).toBeGreaterThan(0)
    expect(b?.arcap.all).toMatchObject({ questions: 3, given: 3 })
    expect(b?.arcap.all.searchSteps).toBeGreaterThan(0)
    const reversed = await app.client.evaluations.get({ id: evaluation.id, reference: 1 })
    expect(reversed.table.methods[0]?.cells[0]?.difference?.em.mean).toBe(-(b?.cells[0]?.difference?.em.mean ?? 0))
  })

  test('plays nothing again that was played with the same model, adapter, library and settings', async () => {
    expect(await app.client.evaluations.plan(input())).toMatchObject({ answers: 6, known: 6 })
    expect(await app.client.evaluations.plan(input({ sets: [{ setId, limit: 5 }] }))).toMatchObject({
      answers: 10,
      known: 6,
    })
    const first = (await app.client.evaluations.list())[0]?.id ?? ''
    const { evaluation, table } = await finished(input())
    expect(table.methods[0]?.cells).toEqual((await app.client.evaluations.get({ id: first })).table.methods[0]?.cells)
    await app.client.evaluations.delete({ id: first })
    expect(await app.client.evaluations.plan(input())).toMatchObject({ known: 6 })
    await app.client.evaluations.delete({ id: evaluation.id })
    expect(await app.client.evaluations.plan(input())).toMatchObject({ known: 0 })
  })

  test('says why a method cannot play, and lets the others', async () => {
    const methods = [
      { label: 'Base gone', model: join(folder, 'gone.gguf'), adapter: join(folder, 'learned.gguf') },
      { label: 'Adapter gone', model: student.model, adapter: join(folder, 'no.gguf') },
      teacher,
    ]
    const { evaluation, table } = await finished(input({ methods, sets: [{ setId, limit: 2 }] }))
    expect(evaluation.state).toBe('succeeded')
    expect(evaluation.methods.map(({ error }) => error?.code ?? null)).toEqual([
      expect.stringMatching(/MISSING|NOT_FOUND/),
      'ADAPTER_MISSING',
      null,
    ])
    expect(table.methods.map(({ mean }) => mean.questions)).toEqual([0, 0, 2])
    const alone = await finished(input({ methods: methods.slice(0, 1), sets: [{ setId, limit: 2 }] }))
    expect(alone.evaluation).toMatchObject({ state: 'failed', error: { code: expect.stringMatching(/MISSING/) } })
  })

  test('asks a model on a server like any other', async () => {
    const { client } = app
    const server = await startOpenAi(teacher.model)
    try {
      await client.models.connect({ url: server.url, key: null, name: 'Far', model: 'micro' })
      await client.models.setPrompt({ id: 'remote:Far', prompt: 'question-only' })
      const far = { label: 'Far', model: 'remote:Far', adapter: null }
      const { evaluation, table } = await finished(input({ methods: [far] }))
      expect(evaluation).toMatchObject({ state: 'succeeded', done: 3, methods: [{ error: null }] })
      expect(table.methods[0]?.behavior.answerRate).toBeGreaterThan(0.5)
      expect(await client.evaluations.plan(input({ methods: [far] }))).toMatchObject({ known: 3 })
      await client.models.remove({ id: 'remote:Far' })
      const gone = await finished(input({ methods: [far, teacher], sets: [{ setId, limit: 1 }] }))
      expect(gone.evaluation.methods.map(({ error }) => error?.code)).toEqual(['NOT_FOUND', undefined])
    } finally {
      await server.close()
    }
  })

  test('is looked at question by question: filters, traces, neighbors', async () => {
    const { client } = app
    const { evaluation } = await finished(input({ sets: [{ setId, limit: 5 }] }))
    const { id } = evaluation
    const all = await client.evaluations.results({ id })
    expect(all.total).toBe(5)
    const flipped = { flipped: { right: 1, wrong: 0 } }
    const better = await client.evaluations.results({ id, filter: flipped })
    expect(better.rows.length).toBeGreaterThan(1)
    expect(better.rows.every(({ results: [a, b] }) => a?.em === 0 && b?.em === 1)).toBe(true)
    const [first, second] = better.rows
    const detail = await client.evaluations.question({ id, position: first?.position ?? 0, filter: flipped })
    expect(detail).toMatchObject({ previous: null, next: second?.position, row: { question: first?.question } })
    expect(detail.traces[1]).toMatchObject({ outcome: 'answered', answer: first?.results[1]?.answer })
    const misses = await client.evaluations.results({
      id,
      filter: { fate: { method: 0, fates: ['not-retrieved', 'not-used', 'never-answered'] } },
    })
    expect(misses.rows.every(({ results }) => results[0]?.em === 0)).toBe(true)
    const word = first?.answers[0] ?? ''
    expect((await client.evaluations.results({ id, filter: { text: word.toUpperCase() } })).total).toBeGreaterThan(0)
    expect((await client.evaluations.results({ id, filter: { set: 1 } })).total).toBe(0)
  })

  test('takes votes while it is blind, and is written as a page and as JSON', async () => {
    const { client } = app
    const { evaluation } = await finished(input({ blind: true, sets: [{ setId, limit: 3 }] }))
    const { id } = evaluation
    await client.evaluations.vote({ id, position: 0, method: 1 })
    await client.evaluations.vote({ id, position: 1, method: -1 })
    await client.evaluations.vote({ id, position: 2, method: 0 })
    await client.evaluations.vote({ id, position: 2, method: null })
    await expect(client.evaluations.vote({ id, position: 2, method: 2 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await client.evaluations.reveal({ id })
    const after = await client.evaluations.get({ id })
    expect(after.evaluation).toMatchObject({ revealed: true, votes: { methods: [0, 1], none: 1 } })
    const html = await client.evaluations.report({ id, format: 'html' })
    expect(html.text).toMatch(/^<!doctype html>/)
    expect(html.text).not.toMatch(/<script|src=|href=/)
    const json = JSON.parse((await client.evaluations.report({ id, format: 'json' })).text)
    expect(json.table).toEqual(after.table)
    expect(json.rows).toHaveLength(3)
  })

  test('is refused when it has nothing to ask or nowhere to ask it', async () => {
    const { client } = app
    const questions = join(folder, 'plain.jsonl')
    writeFileSync(questions, '{"question":"Who?","answers":["Ann"]}\n')
    const { import: plain, library } = await client.evaluations.addBenchmark({ kind: 'file', path: questions })
    expect(library).toBeNull()
    const sets = [{ setId: plain.set.id }]
    await expect(client.evaluations.start(input({ sets }))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const other = splitOf('Who?') === 'test' ? 'train' : 'test'
    const nothing = [{ setId: plain.set.id, libraryId: 'sample', split: other } as const]
    await expect(client.evaluations.start(input({ sets: nothing }))).rejects.toMatchObject({ code: 'NO_QUESTIONS' })
    await expect(client.evaluations.start(input({ sets: [{ setId: 'no' }] }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(
      client.evaluations.start(input({ arcap: true, sets: [{ setId: plain.set.id, libraryId: 'sample' }] })),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('a benchmark with passages of its own', () => {
  test('becomes a set and a library to search', async () => {
    const { client, follow } = app
    const path = join(folder, 'musique.jsonl')
    const paragraphs = [
      { title: 'Ann', paragraph_text: 'Ann founded the guild of Olm.', is_supporting: true },
      { title: 'Olm', paragraph_text: 'Olm lies on the river Tre.', is_supporting: true },
      { title: 'Bob', paragraph_text: 'Bob is a sculptor.', is_supporting: false },
    ]
    writeFileSync(
      path,
      `${JSON.stringify({ id: 'm', question: 'Which river?', answer: 'Tre', answer_aliases: [], answerable: true, paragraphs })}\n`,
    )
    const made = await client.evaluations.addBenchmark({ kind: 'file', path })
    expect(made.import).toMatchObject({ format: 'musique', imported: 1 })
    await follow(made.jobId ?? '')
    const id = made.library?.id ?? ''
    const { hits } = await client.libraries.search({ id, query: 'river Tre' })
    expect(hits[0]?.text).toContain('Olm lies on the river Tre.')
    expect((await client.questions.sets()).find(({ name }) => name === 'musique')?.libraryId).toBe(id)
    const again = await client.evaluations.addBenchmark({ kind: 'file', path })
    expect(again).toMatchObject({ import: { imported: 0, left: { duplicate: 1 } }, library: { id }, jobId: null })
  })

  test('takes its evidence from a corpus that the questions name', async () => {
    const { client } = app
    mkdirSync(join(folder, 'pair'))
    const [path, passages] = [join(folder, 'pair/qa.jsonl'), join(folder, 'pair/corpus.jsonl')]
    writeFileSync(path, '{"id":"1","question":"Who?","answers":["Ann"],"gold_passage_ids":["p1"]}\n')
    writeFileSync(passages, '{"id":"p1","title":"A","text":"Ann was here."}\n{"id":"p2","title":"B","text":"Bob."}\n')
    const made = await client.evaluations.addBenchmark({ kind: 'file', path, passages, name: 'Pair' })
    const { questions } = await client.questions.list({ id: made.import.set.id })
    expect(questions[0]?.evidence).toEqual([{ title: 'A', text: 'Ann was here.' }])
    expect(made.library?.name).toBe('Pair')
    writeFileSync(passages, '{"id":"other","title":"A","text":"x"}\n')
    await expect(
      client.evaluations.addBenchmark({ kind: 'file', path, passages, name: 'Pair 2' }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('an evaluation whose service ends in the middle', () => {
  test('goes on by itself, once, and plays only what is missing', async () => {
    const { client } = app
    const { id, jobId } = await client.evaluations.start(input({ methods: [teacher], sets: [{ setId, limit: 30 }] }))
    for await (const { event } of await client.jobs.events({ id: jobId })) {
      if (event.type === 'progress' && event.progress.done > 5) break
    }
    await app.close()
    const plain = await serve(join(folder, 'data'))
    const waiting = await plain.client.evaluations.get({ id })
    expect(waiting.evaluation.state).toBe('interrupted')
    expect(waiting.evaluation.done).toBeGreaterThan(5)
    expect(waiting.evaluation.done).toBeLessThan(30)
    await plain.close()
    const again = await serve(join(folder, 'data'), { follow: true })
    const now = await again.client.evaluations.get({ id })
    expect(now.evaluation.state).toMatch(/queued|running|succeeded/)
    await again.follow(now.evaluation.jobId)
    expect((await again.client.evaluations.get({ id })).evaluation).toMatchObject({ state: 'succeeded', done: 30 })
    await again.close()
  })
})
