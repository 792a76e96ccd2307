import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../contract/index.ts'
import type { ImportReply, ImportRequest } from './worker.ts'

export interface ImportOptions {
  signal?: AbortSignal
  onProgress?(progress: { doneBytes: number; totalBytes: number }): void
}

const entry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './import-worker.js', import.meta.url)

/**
 * Converts a checkpoint in a thread of its own.
 *
 * @throws {AppError} what `convertCheckpoint` throws; the signal's reason when aborted: nothing is left behind then
 */
export async function importCheckpoint(
  request: ImportRequest,
  { signal, onProgress }: ImportOptions = {},
): Promise<void> {
  signal?.throwIfAborted()
  await mkdir(dirname(request.path), { recursive: true })
  const worker = new Worker(entry(), { workerData: request, execArgv: ['--disable-warning=ExperimentalWarning'] })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  worker
    .on('message', (reply: ImportReply) => {
      if ('done' in reply) resolve()
      else if ('error' in reply) reject(new AppError(reply.error))
      else onProgress?.(reply)
    })
    .on('error', reject)
    .on('exit', () => reject(new Error('The converter ended unexpectedly.')))
  try {
    await promise
  } catch (error) {
    await worker.terminate()
    await rm(`${request.path}.part`, { force: true })
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await worker.terminate()
  }
}
