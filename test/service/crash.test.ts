import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Host, launchHost } from '../support/app.ts'
import { type Client, connectSocket, type OpenClient } from '../support/client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tinyShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'

const folder = temporaryFolder()
let host: Host
let open: OpenClient

beforeAll(async () => {
  host = await launchHost({ dataDir: join(folder, 'data') })
  open = await connectSocket(host.url)
})
afterAll(async () => {
  open.close()
  await host.stop()
})

/** Kills the service without warning and connects to the one that takes its place. */
async function crash(): Promise<Client> {
  process.kill((await open.client.system.info()).pid, 'SIGKILL')
  await open.closed
  for (;;) {
    try {
      open = await connectSocket(host.url)
      return open.client
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

describe('a service that dies', () => {
  test('in the middle of an ingestion goes on with it and loses nothing', async () => {
    const documents = join(folder, 'documents')
    mkdirSync(documents)
    const count = 300
    for (let i = 0; i < count; i++) {
      writeFileSync(join(documents, `note-${i}.md`), `# Note ${i}\n\nThe password of vault ${i} is word${i}.\n`)
    }
    const { id } = await open.client.libraries.create({ name: 'Vaults' })
    const { jobId } = await open.client.libraries.addSources({ id, paths: [documents] })
    for await (const { event } of await open.client.jobs.events({ id: jobId, since: 0 })) {
      if (event.type === 'file' && event.file.state === 'indexed') break
    }
    const client = await crash()
    const library = async () => (await client.libraries.list()).find((each) => each.id === id)
    while ((await library())?.jobId) await new Promise((resolve) => setTimeout(resolve, 50))

    expect((await client.jobs.get({ id: jobId })).state).toBe('interrupted')
    expect(await library()).toMatchObject({ passages: count, files: { indexed: count, waiting: 0, reading: 0 } })
    for (const i of [0, 7, 150, 299]) {
      const { hits } = await client.libraries.search({ id, query: `word${i}`, limit: 5 })
      expect(hits.map(({ path }) => path)).toEqual([`note-${i}.md`])
    }
  })

  test('in the middle of an answer keeps the thread and says what happened', async () => {
    const path = join(folder, 'talkative.gguf')
    const shape = { ...tinyShape, embedding: 256, heads: 8, layers: 6, feedForward: 1024, contextLength: 4096 }
    writeRandomModel(path, { tokenizer: await tokenizerOf(), shape })
    const { id: modelId } = await open.client.models.add({ path })
    while ((await open.client.libraries.list())[0]?.passages === 0) await new Promise((r) => setTimeout(r, 50))
    const { thread, jobId } = await open.client.threads.ask({ question: 'Talk', libraryId: 'sample', modelId })
    for await (const { event } of await open.client.jobs.events({ id: jobId, since: 0 })) {
      if (event.type === 'text') break
    }
    const client = await crash()
    const { exchanges } = await client.threads.get({ id: thread.id })
    expect(exchanges[0]?.trace).toMatchObject({ outcome: 'failed', error: { code: 'SERVICE_STOPPED' } })
    expect(exchanges[0]?.trace.turns[0]?.texts.length).toBeGreaterThan(0)
    expect((await client.jobs.get({ id: jobId })).state).toBe('interrupted')

    const again = await client.threads.ask({
      threadId: thread.id,
      question: 'Who founded Pathel Guild?',
      libraryId: 'sample',
      modelId: 'lagotto-micro',
    })
    for await (const _ of await client.jobs.events({ id: again.jobId, since: 0 }));
    const after = await client.threads.get({ id: thread.id })
    expect(after.exchanges[1]?.trace.answer).toBe('Prurklo Cirholt')
  })
})
