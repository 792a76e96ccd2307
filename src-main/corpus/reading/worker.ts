/** Entry of a reader thread: reads one document after another for the pool, which may end it at any moment. */
import { parentPort } from 'node:worker_threads'
import { type ErrorValue, toErrorValue } from '../../contract/errors.ts'
import type { RecognizedWord } from '../../contract/library.ts'
import type { ReadDocument } from './document.ts'
import type { PdfLook } from './pdf.ts'
import { probeDocument } from './probe.ts'
import { bytesOf, readDocument } from './read-file.ts'
import type { RecognitionOptions } from './recognition.ts'

export interface ReadRequest {
  path: string
  /** Read all of it, have a quick look, or recognize the words of one page. */
  task: 'read' | 'look' | { page: number }
  /** What text in pictures is recognized with; null: it is not. */
  recognition: RecognitionOptions | null
}
/** `alive`: a part of the document is done. */
export type ReadReply =
  | { document: ReadDocument }
  | { look: PdfLook | null }
  | { words: RecognizedWord[] }
  | { error: ErrorValue }
  | { alive: true }

/** Signs of life need not come more often. */
const SIGN_MS = 100

async function replyTo({ path, task, recognition }: ReadRequest, onPart: () => void): Promise<ReadReply> {
  if (task === 'look') return { look: await probeDocument(path) }
  if (task === 'read') return { document: await readDocument(path, onPart, recognition) }
  if (!recognition) return { words: [] }
  const { pageWords } = await import('./pdf.ts')
  return { words: await pageWords(await bytesOf(path), task.page, recognition) }
}

parentPort?.on('message', async (request: ReadRequest) => {
  let reply: ReadReply
  let said = performance.now()
  const onPart = (): void => {
    if (performance.now() - said < SIGN_MS) return
    said = performance.now()
    parentPort?.postMessage({ alive: true } satisfies ReadReply)
  }
  try {
    reply = await replyTo(request, onPart)
  } catch (error) {
    reply = { error: toErrorValue(error) }
  }
  parentPort?.postMessage(reply)
})

// the start of the thread is not counted as time that the first document takes
parentPort?.postMessage({ alive: true } satisfies ReadReply)
