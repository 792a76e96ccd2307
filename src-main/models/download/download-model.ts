import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { appError } from '../../contract/index.ts'
import { inspectModel } from '../gguf.ts'
import { writeSource } from '../source.ts'
import { type FetchOptions, fetchFile } from './fetch-file.ts'
import { type HubOptions, plain, type RemoteModel, requestOf } from './hub.ts'

export interface DownloadProgress {
  what: 'fetching' | 'checking'
  doneBytes: number
  totalBytes: number
}

export interface DownloadOptions extends Pick<FetchOptions, 'signal' | 'connections'> {
  hub: HubOptions
  /** The files that will be written, absolute paths; told before the first byte. */
  onFiles?(paths: string[]): void
  onProgress?(progress: DownloadProgress): void
}

/**
 * Fetches all files of a model into a folder of its own below `dir`. A file that turns out to be no model is deleted.
 *
 * @returns path of the GGUF file (the first part of a split one), or of the checkpoint's folder
 * @throws {AppError} what `fetchFile` and `inspectModel` throw
 */
export async function downloadModel(remote: RemoteModel, dir: string, options: DownloadOptions): Promise<string> {
  const { onProgress, hub, signal, connections } = options
  const folder = join(dir, remote.folder)
  const path = (name: string): string => join(folder, ...name.split('/').map(plain))
  const first = remote.files[0]
  if (!first) throw appError('NOT_FOUND', 'There is nothing to fetch.', 'Choose another model.')
  options.onFiles?.(remote.files.map(({ name }) => path(name)))
  let before = 0
  for (const file of remote.files) {
    await fetchFile(file, path(file.name), {
      ...requestOf(hub, file.url, 'Fetch a model', signal),
      ...(connections === undefined ? {} : { connections }),
      onProgress: (done) => onProgress?.({ what: 'fetching', doneBytes: before + done, totalBytes: remote.sizeBytes }),
      onVerifying: () =>
        onProgress?.({ what: 'checking', doneBytes: before + file.sizeBytes, totalBytes: remote.sizeBytes }),
    })
    before += file.sizeBytes
  }
  if (remote.format === 'checkpoint') return folder
  const model = path(first.name)
  await inspectModel(model).catch(async (error: unknown) => {
    for (const { name } of remote.files) await rm(path(name), { force: true })
    throw error
  })
  await writeSource(model, {
    reference: remote.reference,
    sha256: first.sha256,
    ...(remote.files.length > 1
      ? { parts: remote.files.map(({ name, sha256 }) => ({ name: basename(path(name)), sha256 })) }
      : {}),
    fetchedAt: Date.now(),
  })
  return model
}
