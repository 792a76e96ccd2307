/** Entry of the thread that converts one checkpoint, so that the service stays free to answer. */
import { parentPort, workerData } from 'node:worker_threads'
import { type ErrorValue, toErrorValue, type WeightType } from '../../contract/index.ts'
import { convertCheckpoint } from './convert.ts'

export interface ImportRequest {
  dir: string
  path: string
  type: WeightType
  name?: string
}
export type ImportReply = { doneBytes: number; totalBytes: number } | { error: ErrorValue } | { done: true }

const { dir, path, type, name } = workerData as ImportRequest
let reply: ImportReply
try {
  await convertCheckpoint(dir, path, type, {
    ...(name === undefined ? {} : { name }),
    onProgress: (progress) => parentPort?.postMessage(progress satisfies ImportReply),
  })
  reply = { done: true }
} catch (error) {
  reply = { error: toErrorValue(error) }
}
parentPort?.postMessage(reply)
