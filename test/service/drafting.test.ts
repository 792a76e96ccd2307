import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holdsAnswer } from '../../src-main/evaluation/index.ts'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serve, type TestClient } from '../support/service.ts'

const folder = temporaryFolder()
const dataDir = join(folder, 'data')
const bundled = (name: string): string => join(root, 'resources/models', name)
let service: Awaited<ReturnType<typeof serve>>
let client: TestClient
let setId = ''

beforeAll(async () => {
  service = await serve(dataDir)
  client = service.client
  await service.ready('sample')
  setId = (await client.questions.create({ name: 'Written', libraryId: 'sample' })).id
})

describe('questions written from documents', () => {
  test('by the micro student, tried by the micro teacher: all of them hold', async () => {
    const { jobId, drafting } = await client.drafts.start({ setId, count: 4, twoPassages: 0.5 })
    const events = await service.follow(jobId)
    expect(events.at(-1)?.event).toMatchObject({ type: 'state', state: 'succeeded' })
    const last = events.findLast(({ event }) => event.type === 'progress')?.event
    expect(last).toMatchObject({ progress: { done: 4, total: 4, unit: 'questions' } })
    const { drafts, total } = await client.drafts.list({ setId, state: 'waiting' })
    expect(total).toBe(4)
    for (const { question, answers, evidence, checks, hops, writer, checker } of drafts) {
      expect(checks.every(({ passed }) => passed)).toBe(true)
      expect(evidence).toHaveLength(hops)
      const last = evidence.at(-1)
      const mark = last?.marks?.[0]
      expect(mark && last?.text.slice(mark.start, mark.end).toLowerCase()).toBe(answers[0]?.toLowerCase())
      expect(holdsAnswer(question, answers)).toBe(false)
      expect([writer, checker]).toEqual(['Lagotto Micro, untrained student', 'Lagotto Micro'])
    }
    const [now] = await client.drafts.draftings({ setId })
    expect(now).toMatchObject({ id: drafting.id, passed: 4, count: 4 })
    const dropped = Object.values(now?.dropped ?? {}).reduce((sum, n) => sum + n, 0)
    expect(now?.tried).toBe(4 + dropped)
    expect((await client.questions.sets())[0]).toMatchObject({ drafts: 4, questions: 0 })
  })

  test('are accepted, put differently, rejected, and each of that taken back', async () => {
    const { drafts } = await client.drafts.list({ setId, state: 'waiting' })
    const [first, second, third] = drafts
    if (!first || !second || !third) throw new Error('the test before made these')
    const accepted = await client.drafts.review({ id: first.id, decision: 'accept' })
    expect(accepted.state).toBe('accepted')
    const content = {
      question: `${second.question} Please.`,
      answers: second.answers,
      tags: ['polite'],
      evidence: second.evidence,
    }
    await client.drafts.review({ id: second.id, decision: 'accept', content })
    await client.drafts.review({ id: third.id, decision: 'reject' })
    const { questions } = await client.questions.list({ id: setId })
    expect(questions).toMatchObject([
      { id: accepted.questionId, question: first.question, origin: 'drafted', found: true, evidence: first.evidence },
      { question: content.question, tags: ['polite'] },
    ])
    expect((await client.drafts.list({ setId, state: 'waiting' })).total).toBe(1)
    expect(await client.drafts.review({ id: first.id, decision: 'waiting' })).toMatchObject({
      state: 'waiting',
      questionId: null,
    })
    await client.drafts.review({ id: third.id, decision: 'waiting' })
    expect((await client.questions.list({ id: setId })).total).toBe(1)
    expect((await client.drafts.list({ setId, state: 'waiting' })).total).toBe(3)
    await expect(client.drafts.review({ id: 'nothing', decision: 'accept' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('go on after the service ended in the middle, without asking anything twice', async () => {
    const { jobId } = await client.drafts.start({ setId, count: 12, twoPassages: 0 })
    for await (const { event } of await client.jobs.events({ id: jobId }))
      if (event.type === 'progress' && event.progress.done >= 1) break
    await service.close()
    service = await serve(dataDir)
    client = service.client
    const [drafting] = await client.drafts.draftings({ setId })
    expect(drafting?.jobId).not.toBe(jobId)
    expect((await service.follow(drafting?.jobId ?? '')).at(-1)?.event).toMatchObject({ state: 'succeeded' })
    const [done] = await client.drafts.draftings({ setId })
    expect(done).toMatchObject({ passed: 12 })
    const { drafts } = await client.drafts.list({ setId, state: 'waiting' })
    expect(new Set(drafts.map(({ question }) => question)).size).toBe(drafts.length)
  })

  test('are stopped with what came until then, and go on when asked to', async () => {
    const { jobId, drafting } = await client.drafts.start({ setId, count: 1000, twoPassages: 0 })
    for await (const { event } of await client.jobs.events({ id: jobId }))
      if (event.type === 'progress' && event.progress.done >= 1) break
    await client.jobs.stop({ id: jobId })
    expect((await client.jobs.get({ id: jobId })).state).toBe('stopped')
    const before = (await client.drafts.draftings({ setId }))[0]?.passed ?? 0
    expect(before).toBeGreaterThan(0)
    const again = await client.drafts.resume({ id: drafting.id })
    expect(again.jobId).not.toBe(jobId)
    await client.jobs.stop({ id: again.jobId })
  })

  test('are not to be had from the micro teacher, and it says so', async () => {
    const start = client.drafts.start({ setId, writer: bundled('micro-teacher.gguf') })
    await expect(start).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('cannot write questions'),
    })
    await expect(client.drafts.start({ setId, libraryId: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('that cannot be read are counted, and the work ends without any', async () => {
    // The same weights under another name are a model like any other, which is told what to do and does not understand it.
    const other = join(folder, 'other.gguf')
    copyFileSync(bundled('micro-student.gguf'), other)
    await client.models.add({ path: other })
    const { jobId } = await client.drafts.start({ setId, writer: other, count: 1 })
    expect((await service.follow(jobId)).at(-1)?.event).toMatchObject({ state: 'succeeded' })
    const [done] = await client.drafts.draftings({ setId })
    expect(done).toMatchObject({ passed: 0, tried: 20, dropped: { unreadable: 20 } })
  })

  test('end with their set', async () => {
    await client.drafts.start({ setId, count: 1000 })
    await client.questions.delete({ id: setId })
    expect((await client.jobs.list()).filter(({ state }) => state === 'running')).toEqual([])
    await expect(client.drafts.list({ setId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a model on a server', () => {
  /** Speaks OpenAI's protocol, and writes as it is told: a question about a person that a passage tells of. */
  const scribe = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.url === '/v1/models') return void response.end(JSON.stringify({ data: [{ id: 'scribe' }] }))
    if (request.url !== '/v1/chat/completions') return void response.writeHead(404).end('{}')
    const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] }
    const told = messages.at(-1)?.content ?? ''
    const name = /Passage: (.+)\n/.exec(told)?.[1]
    const born = /born in (?:the town of )?([A-Z]\w+)\./.exec(told)?.[1]
    const content = born ? `**Question:** Where was ${name} born?\n**Answer:** ${born}.` : 'I cannot think of any.'
    const say = (value: object) => response.write(`data: ${JSON.stringify(value)}\n\n`)
    response.setHeader('content-type', 'text/event-stream')
    say({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
    say({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    response.end('data: [DONE]\n\n')
  })
  afterAll(() => scribe.close())

  test('is told what to write, and the micro teacher tries it', async () => {
    scribe.listen(0, '127.0.0.1')
    await once(scribe, 'listening')
    const { port } = scribe.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/v1`
    const { path } = await client.models.connect({ url, key: null, name: 'Scribe', model: 'scribe' })
    const { id } = await client.questions.create({ name: 'By the scribe', libraryId: 'sample' })
    const { jobId } = await client.drafts.start({
      setId: id,
      writer: path,
      checker: bundled('micro-teacher.gguf'),
      count: 3,
      twoPassages: 0,
    })
    expect((await service.follow(jobId)).at(-1)?.event).toMatchObject({ state: 'succeeded' })
    const { drafts } = await client.drafts.list({ setId: id, state: 'waiting' })
    expect(drafts.length).toBeGreaterThan(0)
    for (const { question, answers, writer, evidence } of drafts) {
      expect(writer).toBe('Scribe')
      expect(question).toBe(`Where was ${evidence[0]?.title} born?`)
      expect(evidence[0]?.text).toContain(answers[0])
    }
  })
})
