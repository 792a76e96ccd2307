import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll } from 'vitest'
import type { JobEvent } from '../../src-main/contract/index.ts'
import { type Service, type ServiceOptions, startService } from '../../src-main/service/index.ts'
import { root } from './data.ts'

/** A service on a data folder, with a client in the same process. */
export async function serve(dataDir: string, options: Partial<ServiceOptions> = {}) {
  const service: Service = await startService({
    dataDir,
    resourcesDir: join(root, 'resources'),
    version: 'test',
    ...options,
  })
  const client = createRouterClient(service.router)
  let open = true
  const close = async (): Promise<void> => {
    if (open) await service.close()
    open = false
  }
  afterAll(close)

  /** All events of a job, until it is over. */
  async function follow(id: string, since = 0): Promise<JobEvent[]> {
    const events: JobEvent[] = []
    for await (const event of await client.jobs.events({ id, since })) events.push(event)
    return events
  }
  /** Waits until a library is up to date. */
  async function ready(id: string): Promise<void> {
    for (;;) {
      const { jobId } = (await client.libraries.list()).find((library) => library.id === id) ?? { jobId: null }
      if (!jobId) return
      await follow(jobId)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { client, close, follow, ready }
}

export type TestClient = Awaited<ReturnType<typeof serve>>['client']
