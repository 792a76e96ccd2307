import { hash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'

/** Below this a thread of its own costs more than it spares. */
const SMALL_BYTES = 2 ** 22

const entry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './hash-worker.ts' : './hash-worker.js', import.meta.url)

/**
 * SHA-256 of a file, hexadecimal. Large ones are read by a thread of its own, so that the service stays free to answer.
 *
 * @throws what reading throws; the signal's reason when aborted
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  if ((await stat(path)).size <= SMALL_BYTES) return hash('sha256', await readFile(path))
  const worker = new Worker(entry(), { workerData: path, execArgv: ['--disable-warning=ExperimentalWarning'] })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  worker
    .on('message', resolve)
    .on('error', reject)
    .on('exit', () => reject(new Error('The thread that computes a checksum ended unexpectedly.')))
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await worker.terminate()
  }
}
