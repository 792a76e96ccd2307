import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GgufFileInfo } from 'node-llama-cpp'
import { persist } from '../../network/index.ts'
import { headerProblem, MAX_HEADER_BYTES } from '../gguf-header.ts'
import { get } from './http.ts'
import { type HubOptions, type RemoteFile, requestOf } from './hub.ts'

/** Fetched at a time: a small header needs one such piece, one with the vocabulary of a large model about four. */
const STEP_BYTES = 2 * 2 ** 20

/** Adds the next piece of a remote file to what is here. @returns how many bytes are here now */
async function fetchMore(file: RemoteFile, path: string, from: number, hub: HubOptions, signal?: AbortSignal) {
  const asking = requestOf(hub, file.url, 'Read the header of a model', signal)
  return persist(async () => {
    const headers = { range: `bytes=${from}-${from + STEP_BYTES - 1}`, 'accept-encoding': 'identity' }
    const { response } = await get(file.url, { ...asking, headers })
    const target = await open(path, from === 0 ? 'w' : 'r+')
    // A server without ranges begins at the beginning.
    let at = response.statusCode === 206 ? from : 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        await target.write(chunk, 0, chunk.length, at)
        at += chunk.length
        if (at >= from + STEP_BYTES) break
      }
      return at
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
    for (let here = 0; here < MAX_HEADER_BYTES; ) {
      const got = await fetchMore(file, path, here, hub, signal)
      if (headerProblem(path, got) === null) {
        const { readGgufFileInfo } = await import('node-llama-cpp')
        return await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(() => null)
      }
      if (got < here + STEP_BYTES) return null
      here = got
    }
    return null
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
