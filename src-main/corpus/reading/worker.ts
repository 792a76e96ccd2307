/** Entry of a reader thread: reads one document after another for the pool, which may end it at any moment. */
import { parentPort } from 'node:worker_threads'
import { type ErrorValue, toErrorValue } from '../../contract/errors.ts'
import type { ReadDocument } from './document.ts'
import { readDocument } from './read-file.ts'

export interface ReadRequest {
  path: string
}
/** `alive`: a part of the document is done. */
export type ReadReply = { document: ReadDocument } | { error: ErrorValue } | { alive: true }

/** Signs of life need not come more often. */
const SIGN_MS = 100

parentPort?.on('message', async ({ path }: ReadRequest) => {
  let reply: ReadReply
  let said = performance.now()
  const onPart = (): void => {
    if (performance.now() - said < SIGN_MS) return
    said = performance.now()
    parentPort?.postMessage({ alive: true } satisfies ReadReply)
  }
  try {
    reply = { document: await readDocument(path, onPart) }
  } catch (error) {
    reply = { error: toErrorValue(error) }
  }
  parentPort?.postMessage(reply)
})

// the start of the thread is not counted as time that the first document takes
parentPort?.postMessage({ alive: true } satisfies ReadReply)
