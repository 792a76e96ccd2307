/** Entry of a reader thread: reads one document after another for the pool, which may end it at any moment. */
import { parentPort } from 'node:worker_threads'
import { type ErrorValue, toErrorValue } from '../../contract/errors.ts'
import type { ReadDocument } from './document.ts'
import { readDocument } from './read-file.ts'

export interface ReadRequest {
  path: string
}
export type ReadReply = { document: ReadDocument } | { error: ErrorValue }

parentPort?.on('message', async ({ path }: ReadRequest) => {
  let reply: ReadReply
  try {
    reply = { document: await readDocument(path) }
  } catch (error) {
    reply = { error: toErrorValue(error) }
  }
  parentPort?.postMessage(reply)
})
