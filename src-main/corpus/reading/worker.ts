/** Entry of a reader thread: reads one document after another for the pool, which may end it at any moment. */
import { parentPort } from 'node:worker_threads'
import { type ErrorValue, toErrorValue } from '../../contract/errors.ts'
import type { ReadDocument } from './document.ts'
import type { PdfLook } from './pdf.ts'
import { probeDocument } from './probe.ts'
import { readDocument } from './read-file.ts'
import type { RecognitionOptions } from './recognition.ts'

export interface ReadRequest {
  path: string
  /** Only have a quick look. */
  probe: boolean
  /** What text in pictures is recognized with; null: it is not. */
  recognition: RecognitionOptions | null
}
/** `alive`: a part of the document is done. */
export type ReadReply = { document: ReadDocument } | { look: PdfLook | null } | { error: ErrorValue } | { alive: true }

/** Signs of life need not come more often. */
const SIGN_MS = 100

parentPort?.on('message', async ({ path, probe, recognition }: ReadRequest) => {
  let reply: ReadReply
  let said = performance.now()
  const onPart = (): void => {
    if (performance.now() - said < SIGN_MS) return
    said = performance.now()
    parentPort?.postMessage({ alive: true } satisfies ReadReply)
  }
  try {
    reply = probe ? { look: await probeDocument(path) } : { document: await readDocument(path, onPart, recognition) }
  } catch (error) {
    reply = { error: toErrorValue(error) }
  }
  parentPort?.postMessage(reply)
})

// the start of the thread is not counted as time that the first document takes
parentPort?.postMessage({ alive: true } satisfies ReadReply)
