import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GgufFileInfo } from 'node-llama-cpp'
import { headerProblem } from '../gguf-header.ts'
import { get, persist } from './http.ts'
import { type HubOptions, type RemoteFile, requestOf } from './hub.ts'

/** A header with the vocabulary of a large model has about 8 MB. */
const FIRST_BYTES = 8 * 2 ** 20
const MOST_BYTES = 64 * 2 ** 20

/** Writes the first bytes of a remote file. @returns how many there were */
async function fetchStart(file: RemoteFile, path: string, bytes: number, hub: HubOptions, signal?: AbortSignal) {
  const asking = requestOf(hub, file.url, 'Read the header of a model', signal)
  return persist(async () => {
    const headers = { range: `bytes=0-${bytes - 1}`, 'accept-encoding': 'identity' }
    const { response } = await get(file.url, { ...asking, headers })
    const target = await open(path, 'w')
    let written = 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        await target.write(chunk)
        written += chunk.length
        if (written >= bytes) break
      }
      return written
    } finally {
      response.destroy()
      await target.close()
    }
  }, asking)
}

/**
 * Reads the header of a remote GGUF file, and no more of it than needed.
 *
 * @returns null when it cannot be read as one
 * @throws {AppError} ACCESS_DENIED, NOT_FOUND, DOWNLOAD_FAILED; the signal's reason when aborted
 */
export async function readRemoteHeader(
  file: RemoteFile,
  hub: HubOptions,
  signal?: AbortSignal,
): Promise<GgufFileInfo | null> {
  const folder = await mkdtemp(join(tmpdir(), 'lagotto-header-'))
  try {
    const path = join(folder, 'header.gguf')
    for (let bytes = FIRST_BYTES; bytes <= MOST_BYTES; bytes *= 2) {
      const got = await fetchStart(file, path, bytes, hub, signal)
      if (headerProblem(path, got) === null) {
        const { readGgufFileInfo } = await import('node-llama-cpp')
        return await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(() => null)
      }
      if (got < bytes) return null
    }
    return null
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
