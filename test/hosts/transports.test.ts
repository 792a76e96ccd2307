import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { afterAll, describe, expect, it } from 'vitest'
import { emptyTrace, foldTrace, isAgentEvent, type Trace } from '../../src-main/contract/index.ts'
import { startService } from '../../src-main/service/index.ts'
import { launchHost, repository, temporaryDir } from '../support/app.ts'
import { type Client, connectPort, connectSocket } from '../support/client.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
})

async function startedService() {
  const dataDir = temporaryDir()
  const service = await startService({ dataDir, resourcesDir: join(repository, 'resources'), version: '0' })
  cleanups.push(async () => {
    await service.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  return service
}

/** The three ways in which hosts carry the contract. */
const transports: Record<string, () => Promise<Client>> = {
  'in process': async () => createRouterClient((await startedService()).router),
  'over a message port': async () => {
    const { port1, port2 } = new MessageChannel()
    new RPCHandler((await startedService()).router).upgrade(port1)
    port1.start()
    cleanups.push(() => port2.close())
    return connectPort(port2)
  },
  'over a WebSocket': async () => {
    const host = await launchHost()
    const { client, close } = await connectSocket(host.url)
    cleanups.push(() => host.stop(), close)
    return client
  },
}

/** The sample library, once everything in it can be searched. */
async function readySample(client: Client) {
  const sample = (await client.libraries.list()).find((library) => library.sample)
  if (!sample) throw new Error('there is no sample library')
  if (sample.jobId) for await (const _ of await client.jobs.events({ id: sample.jobId })) void _
  return sample
}

describe.each(Object.entries(transports))('the contract %s', (_, connect) => {
  let client: Client

  it('answers calls', async () => {
    client = await connect()
    expect((await client.system.info()).pid).toBeGreaterThan(0)
    expect(await client.system.updateSettings({ theme: 'dark' })).toMatchObject({ theme: 'dark' })
  })

  it('carries an error as its code, a sentence and an action', async () => {
    await expect(client.threads.get({ id: 'none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { code: 'NOT_FOUND', message: expect.any(String), action: expect.any(String) },
    })
    await expect(client.libraries.search({ id: 7 as never, query: 'x' })).rejects.toMatchObject({
      data: { code: 'INVALID_INPUT', message: expect.stringContaining('id: ') },
    })
  })

  it('carries the error of a stream in the same way', async () => {
    const events = async () => {
      for await (const _ of await client.jobs.events({ id: 'none' })) void _
    }
    await expect(events()).rejects.toMatchObject({ code: 'NOT_FOUND', data: { action: expect.any(String) } })
  })

  it('streams the events of an answer, and replays them the same', async () => {
    const sample = await readySample(client)
    const question = sample.suggestions[0] ?? ''
    const { jobId } = await client.threads.ask({ question, libraryId: sample.id })
    const follow = async (since: number) => {
      const seen: number[] = []
      let trace: Trace = emptyTrace(question)
      for await (const { seq, event } of await client.jobs.events({ id: jobId, since })) {
        seen.push(seq)
        if (isAgentEvent(event)) trace = foldTrace(trace, event)
      }
      return { seen, trace }
    }
    const live = await follow(0)
    expect(live.trace.outcome).toBe('answered')
    expect(live.seen).toEqual(live.seen.map((_, index) => index + 1))
    expect(await follow(0)).toEqual(live)
    expect((await follow(3)).seen).toEqual(live.seen.slice(3))
  })

  it('lets a listener go without stopping anything', async () => {
    const controller = new AbortController()
    const changes = await client.system.changes(undefined, { signal: controller.signal })
    const next = changes.next()
    await client.system.updateSettings({ theme: 'light' })
    expect((await next).value).toMatchObject({ topic: 'settings' })
    controller.abort()
    await changes.next().catch(() => undefined)
    expect((await client.system.settings()).theme).toBe('light')
  })
})
