import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Model, Run } from '../../src-main/contract/index.ts'
import { evaluate } from '../../src-main/service/index.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startOpenAi } from '../support/openai.ts'
import { serve } from '../support/service.ts'

vi.setConfig({ testTimeout: 60_000 })

const folder = temporaryFolder()
const file = (name: string): string => join(folder, name)
const bundled = (name: string): string => join(root, 'resources/models', name)
const KEY = 'a-secret-key'
const QUESTION = 'Who founded Pathel Guild?'

let server: Awaited<ReturnType<typeof startOpenAi>>
let app: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  server = await startOpenAi(bundled('micro-teacher.gguf'))
  app = await serve(file('data'))
  await app.ready('sample')
})
afterAll(async () => {
  for (const { id, state } of await app.client.runs.list()) if (state === 'running') await app.client.runs.stop({ id })
  await server.close()
})
beforeEach(() => {
  Object.assign(server.behavior, { flavor: 'llama-server', key: KEY, failures: [] })
  server.seen.length = 0
})

async function connect(name: string): Promise<Model> {
  const { url } = server
  await app.client.models.connect({ url, key: KEY, name, model: 'micro' })
  return app.client.models.setPrompt({ id: `remote:${name}`, prompt: 'question-only' })
}

describe('a model on a server', () => {
  test('is not there until somebody adds it, and is asked nothing until somebody chooses it', async () => {
    const { client } = app
    expect((await client.models.list()).filter(({ remote }) => remote)).toEqual([])
    await expect(client.models.offered({ url: server.url, key: 'wrong' })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    })
    expect(await client.models.offered({ url: server.url, key: KEY })).toEqual({ url: server.url, models: ['micro'] })
    const model = await connect('Big one')
    expect(model).toMatchObject({
      id: 'remote:Big one',
      path: 'remote:Big one',
      remote: { host: server.host, here: true, model: 'micro', speaks: 'text', scores: { how: 'none' } },
    })
    for (const { body } of server.seen) expect(JSON.stringify(body)).not.toContain('Pathel')
    server.seen.length = 0
    const { jobId } = await client.threads.ask({ question: QUESTION, libraryId: 'sample' })
    await app.follow(jobId)
    expect(server.seen).toEqual([])
  })

  test('cannot be added twice, nor without being there', async () => {
    const { url } = server
    const add = (change: object) =>
      app.client.models.connect({ url, key: KEY, name: 'Other', model: 'micro', ...change })
    await expect(add({ name: 'BIG ONE' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(add({ model: 'macro' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(add({ key: null })).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
    await expect(add({ url: 'http://user:pass@127.0.0.1/v1' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(add({ url: 'http://127.0.0.1:1/v1' })).rejects.toMatchObject({ code: 'REMOTE_FAILED' })
    expect((await app.client.models.list()).filter(({ remote }) => remote)).toHaveLength(1)
  })

  test('keeps its key to itself', async () => {
    const told = [await app.client.models.list(), await app.client.system.settings(), await app.client.system.network()]
    expect(JSON.stringify(told)).not.toContain(KEY)
    expect(readFileSync(file('data/secrets.json'), 'utf8')).toContain(KEY)
    for (const name of readdirSync(file('data')).filter((each) => each.startsWith('lagotto.sqlite')))
      expect(readFileSync(file(`data/${name}`)).includes(KEY)).toBe(false)
  })

  test('answers in Ask, and every request stands in the list', async () => {
    const { client, follow } = app
    const { jobId } = await client.threads.ask({ question: QUESTION, libraryId: 'sample', modelId: 'remote:Big one' })
    const events = await follow(jobId)
    const ended = events.map(({ event }) => event).find(({ type }) => type === 'ended')
    expect(ended).toMatchObject({ outcome: 'answered', answer: 'Prurklo Cirholt' })
    expect(server.seen.length).toBeGreaterThan(0)
    for (const { authorization } of server.seen) expect(authorization).toBe(`Bearer ${KEY}`)
    const listed = await vi.waitFor(async () => {
      const all = await client.system.network()
      expect(all.every(({ endedAt }) => endedAt !== null)).toBe(true)
      return all
    })
    expect(listed.filter(({ purpose }) => purpose === 'Ask a model on a server')).toHaveLength(server.seen.length)
    expect(listed[0]).toMatchObject({ method: 'POST', host: server.host, path: '/v1/completions', status: 200 })
    expect(listed[0]?.sentBytes).toBeGreaterThan(100)
  })

  test('takes part in a comparison, and says there what it cannot', async () => {
    const { client, follow } = app
    const contestants = [
      { label: 'There', model: 'remote:Big one', adapter: null },
      { label: 'Here', model: bundled('micro-teacher.gguf'), adapter: null },
    ]
    const started = await client.comparisons.start({
      question: QUESTION,
      answers: [],
      libraryId: 'sample',
      contestants,
    })
    for (const { jobId } of started.entries) await follow(jobId)
    const { entries } = await client.comparisons.get({ id: started.id })
    expect(entries.map(({ trace }) => trace.error ?? trace.answer)).toEqual(['Prurklo Cirholt', 'Prurklo Cirholt'])
    const [there] = contestants.map((one) => ({ ...one, adapter: bundled('micro-student.gguf') }))
    const odd = await client.comparisons.start({
      question: QUESTION,
      answers: [],
      libraryId: 'sample',
      contestants: [there ?? fail(), ...contestants.slice(1)],
    })
    await follow(odd.entries[0]?.jobId ?? '')
    const [entry] = (await client.comparisons.get({ id: odd.id })).entries
    expect(entry?.trace.error).toMatchObject({ code: 'ADAPTER_MISMATCH' })
    for (const { jobId } of odd.entries) await follow(jobId)
  })

  test('has no file to look into, to check or to teach', async () => {
    const { client } = app
    const id = 'remote:Big one'
    expect(await client.models.info({ id })).toMatchObject({ source: null, chatTemplate: null })
    await expect(client.models.verify({ id })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(client.models.rename({ id, name: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const run = { student: id, libraryId: 'sample', questions: file('few.jsonl') }
    await expect(client.runs.preflight({ ...run, config: { method: 'ppo' } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})

describe.skipIf(testEngine() === null)('a teacher on a server', () => {
  beforeAll(async () => {
    const all = readFileSync(join(root, 'resources/sample-library/questions.jsonl'), 'utf8').split('\n')
    writeFileSync(file('few.jsonl'), all.slice(0, 30).join('\n'))
  })

  const input = (teacher: string, method: string) => ({
    student: bundled('micro-student.gguf'),
    teacher,
    libraryId: 'sample',
    questions: file('few.jsonl'),
    config: {
      method,
      threads: 1,
      distillation: { maxSteps: 2, batch: 2, teacherTemperature: 0 },
      validation: { atStart: false, questions: 1, testQuestions: 0 },
    },
  })

  async function finished(run: Run): Promise<Run> {
    for (;;) {
      const now = (await app.client.runs.get({ id: run.id })).run
      if (now.state !== 'running') return now
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  test('that tells no probabilities teaches by its episodes alone', async () => {
    const { client } = app
    const refused = await client.runs.preflight(input('remote:Big one', 'kd'))
    expect(refused.refusals.map(({ code }) => code)).toContain('REMOTE_UNSUPPORTED')
    const preflight = await client.runs.preflight(input('remote:Big one', 'seqkd'))
    expect(preflight.refusals).toEqual([])
    expect(preflight.notices.join(' ')).toContain(server.host)
    server.seen.length = 0
    const started = await client.runs.start(input('remote:Big one', 'seqkd'))
    await expect(client.models.remove({ id: 'remote:Big one' })).rejects.toMatchObject({
      code: 'MODEL_IN_USE',
      message: expect.stringContaining(started.manifest.name),
    })
    const run = await finished(started)
    expect((await client.models.info({ id: 'remote:Big one' })).uses).toEqual([
      `It is the teacher of the training “${started.manifest.name}”.`,
    ])
    expect(run).toMatchObject({ state: 'finished', error: null })
    expect(run.manifest.teacher).toMatchObject({ path: 'remote:Big one', adapter: null })
    expect(server.seen.length).toBeGreaterThan(10)
    // The teacher's correct episodes, spelled with the student's tokens.
    const { report } = await client.runs.get({ id: run.id })
    expect(report?.teacherEpisodes?.correct).toBeGreaterThan(5)
    for (const name of readdirSync(run.dir, { recursive: true, withFileTypes: true }))
      if (name.isFile()) expect(readFileSync(join(name.parentPath, name.name)).includes(KEY)).toBe(false)
    await vi.waitFor(
      async () => {
        const listed = (await client.system.network()).filter(({ purpose }) => purpose.startsWith('Let a teacher'))
        expect(listed).toHaveLength(server.seen.length)
        expect(listed.every(({ endedAt, status }) => endedAt !== null && status === 200)).toBe(true)
      },
      { timeout: 10_000 },
    )
  })

  test('that tells them teaches by its probabilities, too', async () => {
    server.behavior.flavor = 'vllm'
    await connect('With numbers')
    expect((await app.client.runs.preflight(input('remote:With numbers', 'dgpo'))).refusals).toEqual([])
    const kd = input('remote:With numbers', 'kd')
    const preflight = await app.client.runs.preflight(kd)
    expect(preflight.notices.join(' ')).toContain('20 likeliest tokens')
    const run = await finished(await app.client.runs.start(kd))
    expect(run).toMatchObject({ state: 'finished', error: null })
    const { lines } = await app.client.runs.metrics({ id: run.id })
    const masses = lines.flatMap((line) => (line.type === 'step' ? [line.distillation?.teacherMass ?? 0] : []))
    expect(Math.min(...masses)).toBeGreaterThan(0.9)
    expect(server.seen.some(({ body }) => body['prompt_logprobs'] === 20)).toBe(true)
  })
})

test('a model on a server is measured like any other', async () => {
  await app.close()
  const common = {
    resourcesDir: join(root, 'resources'),
    data: { kind: 'sample' as const },
    limit: 8,
    retrievalOnly: false,
    arcap: false,
    episodes: 4,
  }
  const there = await evaluate({ ...common, model: 'remote:Big one', remotesFrom: file('data') })
  // Limits are counted in other pieces than the model's own, so a question may end otherwise than here.
  expect(there.agent?.metrics['em']).toBeGreaterThanOrEqual(0.6)
  await expect(evaluate({ ...common, model: 'remote:Nobody', remotesFrom: file('data') })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
})

test('a model on a server is forgotten with its key', async () => {
  const again = await serve(file('data'))
  await again.client.models.remove({ id: 'remote:Big one' })
  await again.client.models.remove({ id: 'remote:With numbers' }).catch(() => undefined)
  expect((await again.client.models.list()).filter(({ remote }) => remote)).toEqual([])
  expect(readFileSync(file('data/secrets.json'), 'utf8')).not.toContain(KEY)
  await again.close()
})

function fail(): never {
  throw new Error('not there')
}
