import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AgentEvent, emptyTrace, foldTrace, type JobEvent } from '../../src-main/contract/index.ts'
import { root } from '../support/data.ts'
import { endlessMarkdown } from '../support/documents.ts'
import { temporaryFolder } from '../support/folder.ts'
import { embeddingMetadata, tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
let app: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  app = await serve(join(folder, 'data'))
  await app.ready('sample')
})

const types = (events: JobEvent[]): string[] => events.map(({ event }) => event.type)
const folded = (events: JobEvent[], question: string) =>
  events
    .map(({ event }) => event)
    .filter((event): event is AgentEvent => !['state', 'progress', 'file'].includes(event.type))
    .reduce(foldTrace, emptyTrace(question))

/** A model that never answers by itself: with its random weights it talks until a limit stops it. */
async function talkative(): Promise<string> {
  const path = join(folder, 'talkative.gguf')
  const shape = { ...tinyShape, embedding: 256, heads: 8, layers: 6, feedForward: 1024, contextLength: 4096 }
  writeRandomModel(path, { tokenizer: await tokenizerOf(), shape, seed: 5 })
  return (await app.client.models.add({ path })).id
}

describe('a question', () => {
  test('is answered from the library, with evidence, step by step', async () => {
    const { thread, exchange, jobId } = await app.client.threads.ask({
      question: 'Who founded Pathel Guild?',
      modelId: 'lagotto-micro',
    })
    expect(thread.title).toBe('Who founded Pathel Guild?')
    expect(exchange.trace.outcome).toBeNull()
    const events = await app.follow(jobId)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
    expect(types(events).filter((type) => ['started', 'searched', 'evidence', 'ended'].includes(type))).toEqual([
      'started',
      'searched',
      'evidence',
      'ended',
    ])
    expect(events.at(-1)?.event).toEqual({ type: 'state', state: 'succeeded', error: null })

    const { exchanges } = await app.client.threads.get({ id: thread.id })
    const [answered] = exchanges
    expect(answered?.trace).toMatchObject({
      answer: 'Prurklo Cirholt',
      outcome: 'answered',
      evidence: { verdict: 'supported' },
      searchable: { files: 1, of: 1 },
    })
    expect(answered?.trace).toEqual(folded(events, 'Who founded Pathel Guild?'))
    const [span] = answered?.trace.evidence?.spans ?? []
    const hits = answered?.trace.turns.flatMap(({ search }) => search?.hits ?? []) ?? []
    const passage = hits.find(({ id }) => id === span?.passageId)
    expect(passage?.text.slice(span?.start, span?.end)).toBe('Prurklo Cirholt')
  })

  test('accounts for every token', async () => {
    const { jobId } = await app.client.threads.ask({
      question: 'What was the profession of the person who invented the Drondora lamp?',
      modelId: 'lagotto-micro',
    })
    const trace = folded(await app.follow(jobId), '')
    expect(trace.turns).toHaveLength(3)
    for (const [i, turn] of trace.turns.entries()) {
      const before = trace.turns[i - 1]?.usage
      if (!turn.usage || !before) continue
      // A turn finds everything in the cache that was there or evaluated in the turn before.
      expect(turn.usage.cached).toBe(before.cached + before.evaluated)
    }
  })

  test('can be followed again from any point, by anyone', async () => {
    const { jobId } = await app.client.threads.ask({ question: 'Who founded Pathel Guild?', modelId: 'lagotto-micro' })
    const [live, other] = await Promise.all([app.follow(jobId), app.follow(jobId)])
    expect(other).toEqual(live)
    expect(await app.follow(jobId)).toEqual(live)
    expect(await app.follow(jobId, 5)).toEqual(live.slice(5))
  })

  test('goes on when nobody looks, and stops when told to', async () => {
    const modelId = await talkative()
    const { jobId, thread } = await app.client.threads.ask({ question: 'Talk', modelId })
    for await (const { event } of await app.client.jobs.events({ id: jobId, since: 0 })) {
      if (event.type === 'text') break
    }
    expect((await app.client.jobs.get({ id: jobId })).state).toBe('running')
    await expect(app.client.models.remove({ id: modelId })).rejects.toMatchObject({
      code: 'MODEL_IN_USE',
      message: 'random is answering a question.',
    })
    await app.client.jobs.stop({ id: jobId })
    expect((await app.client.jobs.get({ id: jobId })).state).toBe('stopped')
    const events = await app.follow(jobId)
    const ended = events.find(({ event }) => event.type === 'ended')
    expect(ended?.event).toMatchObject({ outcome: 'stopped', answer: null })
    await app.client.threads.delete({ id: thread.id })
    await expect(app.client.jobs.get({ id: jobId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await app.client.models.remove({ id: modelId })
  })

  test('can be asked twice at the same time, with different models as well', async () => {
    const modelId = await talkative()
    const micro = { question: 'Who founded Pathel Guild?', modelId: 'lagotto-micro' }
    const [first, second] = await Promise.all([app.client.threads.ask(micro), app.client.threads.ask(micro)])
    const third = await app.client.threads.ask({ question: 'Who?', modelId })
    for (const { jobId } of [first, second]) {
      expect(folded(await app.follow(jobId), '').answer).toBe('Prurklo Cirholt')
    }
    for await (const { event } of await app.client.jobs.events({ id: third.jobId, since: 0 })) {
      if (event.type === 'text') break
    }
    await app.client.jobs.stop({ id: third.jobId })
    expect(folded(await app.follow(third.jobId), '').outcome).toBe('stopped')
    await app.client.models.remove({ id: modelId })
  })
})

describe('a model for one question', () => {
  test('is used and not kept', async () => {
    const before = await app.client.models.list()
    const modelFile = join(root, 'resources/models/micro-student.gguf')
    const { jobId } = await app.client.threads.ask({ question: 'Who?', libraryId: 'sample', modelFile })
    expect(folded(await app.follow(jobId), '').model?.name).toContain('student')
    const unlisted = join(folder, 'unlisted.gguf')
    copyFileSync(modelFile, unlisted)
    const asked = await app.client.threads.ask({ question: 'Who?', libraryId: 'sample', modelFile: unlisted })
    expect(folded(await app.follow(asked.jobId), '').outcome).not.toBe('failed')
    expect(await app.client.models.list()).toEqual(before)
  })

  test('has to be one that chats', async () => {
    const modelFile = join(folder, 'embedding.gguf')
    writeRandomModel(modelFile, { tokenizer: await tokenizerOf(), metadata: embeddingMetadata })
    const asking = app.client.threads.ask({ question: 'Who?', libraryId: 'sample', modelFile })
    await expect(asking).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('threads', () => {
  test('are listed newest first, searched, renamed, continued, exported, deleted', async () => {
    const first = await app.client.threads.ask({
      question: 'What is the river of Skulmmouth?',
      modelId: 'lagotto-micro',
    })
    await app.follow(first.jobId)
    const second = await app.client.threads.ask({
      threadId: first.thread.id,
      question: 'Who founded Pathel Guild?',
      modelId: 'lagotto-micro',
    })
    await app.follow(second.jobId)
    const id = first.thread.id
    expect((await app.client.threads.get({ id })).exchanges).toHaveLength(2)
    expect((await app.client.threads.list({}))[0]?.id).toBe(id)
    expect((await app.client.threads.rename({ id, title: 'Rivers' })).title).toBe('Rivers')
    for (const query of ['rivers', 'SKULMMOUTH', 'cirholt']) {
      expect((await app.client.threads.list({ query })).map((thread) => thread.id)).toContain(id)
    }
    expect(await app.client.threads.list({ query: 'nowhere to be found' })).toEqual([])
    const { markdown } = await app.client.threads.markdown({ id })
    expect(markdown).toContain('# Rivers')
    expect(markdown).toContain('**Prurklo Cirholt**')
    expect(markdown).not.toMatch(/<\/?(think|search|answer|information)>/)
    await app.client.threads.delete({ id })
    await expect(app.client.threads.get({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('bad input', () => {
  const asking = (input: Parameters<typeof app.client.threads.ask>[0]) => app.client.threads.ask(input)

  test('an empty question', async () => {
    const before = await app.client.threads.list({})
    await expect(asking({ question: ' \n ' })).rejects.toMatchObject({ code: 'EMPTY_QUESTION' })
    expect(await app.client.threads.list({})).toEqual(before)
  })

  test('an empty library', async () => {
    const { id } = await app.client.libraries.create({ name: 'Empty' })
    await expect(asking({ question: 'Who?', libraryId: id })).rejects.toMatchObject({
      code: 'EMPTY_LIBRARY',
      data: { action: expect.stringContaining('folder') },
    })
    await app.client.libraries.delete({ id })
  })

  test('a model whose file is gone', async () => {
    const path = join(folder, 'gone.gguf')
    writeRandomModel(path, { tokenizer: await tokenizerOf() })
    const { id } = await app.client.models.add({ path })
    rmSync(path)
    await expect(asking({ question: 'Who?', modelId: id })).rejects.toMatchObject({ code: 'MODEL_MISSING' })
    await app.client.models.remove({ id })
    await expect(asking({ question: 'Who?', modelId: id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a thread, a library, a job that do not exist', async () => {
    await expect(asking({ question: 'Who?', threadId: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(asking({ question: 'Who?', libraryId: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(app.client.jobs.get({ id: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(app.follow('x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('input of the wrong form', async () => {
    const wrong = { question: 7 } as unknown as { question: string }
    await expect(asking(wrong)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      data: { action: expect.any(String) },
    })
  })
})

describe('settings and facts', () => {
  test('are kept, and say what is wrong with bad ones', async () => {
    const changed = await app.client.system.updateSettings({ theme: 'dark', threads: 1 })
    expect(changed).toMatchObject({ theme: 'dark', threads: 1, gpu: 'auto' })
    expect(await app.client.system.settings()).toEqual(changed)
    await expect(app.client.system.updateSettings({ threads: -1 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('say where the service is and what computes', async () => {
    expect(await app.client.system.info()).toMatchObject({ pid: process.pid, version: 'test', compute: 'cpu' })
  })
})

describe('a library that is still being read', () => {
  test('answers once something of it can be searched', async () => {
    const fresh = await serve(join(folder, 'fresh'))
    const { jobId } = await fresh.client.threads.ask({
      question: 'Who founded Pathel Guild?',
      libraryId: 'sample',
      modelId: 'lagotto-micro',
    })
    const events = await fresh.follow(jobId)
    expect(events.map(({ event }) => event)).toContainEqual({ type: 'preparing', what: 'library' })
    expect(folded(events, '').answer).toBe('Prurklo Cirholt')
    await fresh.close()
  })

  test('says of the answer how much of it could be searched', async () => {
    const { id } = await app.client.libraries.create({ name: 'In part' })
    const documents = join(folder, 'in part')
    mkdirSync(documents)
    writeFileSync(join(documents, 'guild.md'), 'Pathel Guild was founded by Prurklo Cirholt.')
    await app.follow((await app.client.libraries.addSources({ id, paths: [documents] })).jobId)
    writeFileSync(join(documents, 'slow.md'), endlessMarkdown)
    await app.client.libraries.refresh({ id })
    const reading = async () => (await app.client.libraries.files({ id, state: 'reading' })).total
    await expect.poll(reading, { timeout: 20_000 }).toBe(1)
    await app.client.libraries.pause({ id })
    const { jobId } = await app.client.threads.ask({ question: 'Who?', libraryId: id, modelId: 'lagotto-micro' })
    expect(folded(await app.follow(jobId), '').searchable).toEqual({ files: 1, of: 2 })
    await app.client.libraries.delete({ id })
  })

  test('fails the answer when nothing of it can be read', async () => {
    const { id } = await app.client.libraries.create({ name: 'Nothing' })
    const documents = join(folder, 'nothing')
    mkdirSync(documents)
    writeFileSync(join(documents, 'empty.txt'), '')
    await app.client.libraries.addSources({ id, paths: [documents] })
    const asked = await app.client.threads.ask({ question: 'Who?', libraryId: id, modelId: 'lagotto-micro' })
    const trace = folded(await app.follow(asked.jobId), '')
    expect(trace).toMatchObject({ outcome: 'failed', error: { code: 'EMPTY_LIBRARY' } })
  })
})
