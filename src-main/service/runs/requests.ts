import { appendFileSync, existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import type { Network } from '../../network/index.ts'
import type { NetworkStore } from '../../store/index.ts'
import { requestsPath } from './setup.ts'

const beginSchema = z.object({
  id: z.number().int(),
  at: z.number(),
  method: z.string(),
  host: z.string(),
  path: z.string(),
  purpose: z.string(),
})
const endSchema = z.object({
  id: z.number().int(),
  status: z.number().int().nullable(),
  sentBytes: z.number(),
  receivedBytes: z.number(),
  endedAt: z.number(),
})
const lineSchema = z.union([beginSchema, endSchema])

/** How the process of a run makes requests: each is written down in the run's folder before it is made, and when it ended. */
export function writtenNetwork(dir: string, proxy: string | null): Network {
  let next = 0
  const write = (line: z.infer<typeof lineSchema>): void =>
    appendFileSync(requestsPath(dir), `${JSON.stringify(line)}\n`)
  return {
    proxy,
    onRequest(request) {
      const id = next++
      write({ id, at: Date.now(), ...request })
      return (outcome) => write({ id, endedAt: Date.now(), ...outcome })
    },
  }
}

/** Null for what a process that was killed wrote by half. */
function parsed(text: string): z.infer<typeof lineSchema> | null {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** The requests of a run that were begun and of which the end was not read yet: their numbers in the list. */
export type OpenRequests = Map<number, number>

/** Moves the requests that a run's process wrote down into the list of the app. @returns whether there were any */
export async function collectRequests(dir: string, network: NetworkStore, open: OpenRequests): Promise<boolean> {
  const taken = `${requestsPath(dir)}.taken`
  // One that is there already was taken by a service that died.
  if (!existsSync(taken)) {
    if (!existsSync(requestsPath(dir))) return false
    await rename(requestsPath(dir), taken)
  }
  for (const text of (await readFile(taken, 'utf8')).split('\n')) {
    const line = parsed(text)
    if (!line) continue
    if ('method' in line) {
      open.set(line.id, network.begin(line))
    } else {
      const id = open.get(line.id)
      if (id !== undefined) network.end(id, line)
      open.delete(line.id)
    }
  }
  await rm(taken, { force: true })
  return true
}
