/** Entry of the thread that computes the checksum of one large file. */

import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

const hash = createHash('sha256')
const buffer = Buffer.allocUnsafe(2 ** 22)
const file = openSync(workerData as string, 'r')
try {
  for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) hash.update(buffer.subarray(0, read))
} finally {
  closeSync(file)
}
parentPort?.postMessage(hash.digest('hex'))
