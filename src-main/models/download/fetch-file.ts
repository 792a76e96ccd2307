import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { AppError, appError } from '../../contract/index.ts'
import { type Network, persist, type Retrying, receiveBody } from '../../network/index.ts'
import { checkSpace } from '../disk.ts'
import { hashFile } from '../hash.ts'
import { brokenOff, get, pageInstead } from './http.ts'
import type { RemoteFile } from './hub.ts'
import { earlierSegments, openPartial, type Partial, partPath, removePartial, type Segment } from './partial.ts'

export interface FetchOptions {
  /** Why the file is fetched, in a few words: for the list of requests. */
  purpose?: string
  /** Sent to the file's own host only. */
  token?: string | null
  network?: Network
  signal?: AbortSignal
  retrying?: Retrying
  /** Connections at the same time, where the server gives ranges and the file is large. */
  connections?: number
  /** ms without a byte after which a connection is given up and made anew. */
  idleMs?: number
  /** Bytes on disk, those of earlier attempts included. */
  onProgress?(doneBytes: number): void
  onVerifying?(): void
}

const CONNECTIONS = 4
/** Below this a second connection is not worth its while. */
const MIN_SEGMENT = 8 * 2 ** 20

/** The server gives no ranges: everything has to come over one connection, from the beginning. */
class NoRanges extends Error {}

const left = ({ at, to }: Segment): number => to - at
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

function split(sizeBytes: number, connections: number): Segment[] {
  const count = Math.max(1, Math.min(connections, Math.floor(sizeBytes / MIN_SEGMENT)))
  const step = Math.ceil(sizeBytes / count)
  return Array.from({ length: count }, (_, i) => {
    const from = i * step
    return { from, at: from, to: Math.min(sizeBytes, from + step) }
  })
}

function changed(url: URL, detail: string): AppError {
  return appError('DOWNLOAD_DAMAGED', `${url.host} sends another file than it announced.`, 'Try again later.', {
    detail,
  })
}

/** Checks that a reply is the range that was asked for. */
function checkReply(response: IncomingMessage, url: URL, segment: Segment, file: RemoteFile): void {
  if (response.headers['content-type']?.startsWith('text/html')) throw pageInstead(url)
  const range = response.headers['content-range'] ?? ''
  if (response.statusCode === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range) ?? []
    if (Number(from) !== segment.at || (file.sizeBytes > 0 && Number(total) !== file.sizeBytes))
      throw changed(url, range)
    return
  }
  const length = response.headers['content-length']
  if (file.sizeBytes > 0 && length !== undefined && Number(length) !== file.sizeBytes)
    throw changed(url, `${length} bytes instead of ${file.sizeBytes}`)
}

/**
 * Fetches a file beside its place and renames it when it is whole. What was fetched survives any interruption, that of
 * the process included, and the next call goes on with it.
 *
 * @param path absolute path that the file is to have; folders are made
 * @throws {AppError} DISK_FULL, DOWNLOAD_FAILED (what came is kept), DOWNLOAD_DAMAGED (nothing is kept), ACCESS_DENIED,
 *   NOT_FOUND; the signal's reason when aborted
 */
export async function fetchFile(file: RemoteFile, path: string, options: FetchOptions = {}): Promise<void> {
  const { signal, connections = CONNECTIONS } = options
  const existing = await stat(path).catch(() => null)
  if (existing?.isFile() && existing.size === file.sizeBytes && (await isRight(file, path, signal))) {
    options.onProgress?.(file.sizeBytes)
    return
  }
  await mkdir(dirname(path), { recursive: true })
  const part = await open(partPath(path), 'r+').catch(() => null)
  const earlier = part ? earlierSegments(path, file) : null
  const data = part ?? (await open(partPath(path), 'w+'))
  try {
    const segments = earlier ?? split(file.sizeBytes, connections)
    if (file.sizeBytes === 0) for (const segment of segments) segment.to = Number.MAX_SAFE_INTEGER
    else await checkSpace(dirname(path), sum(segments.map(left)))
    if (!earlier) await data.truncate(0)
    try {
      await fetchSegments(file, path, data, segments, options)
    } catch (error) {
      if (!(error instanceof NoRanges)) throw error
      await fetchSegments(file, path, data, split(file.sizeBytes, 1), options)
    }
    options.onVerifying?.()
    const [right] = await Promise.all([isRight(file, partPath(path), signal), data.datasync()])
    if (!right) throw damaged(file)
  } catch (error) {
    if (error instanceof AppError && error.code === 'DOWNLOAD_DAMAGED') removePartial(path)
    throw isDiskFull(error) ? diskFilled(path, error) : error
  } finally {
    await data.close()
  }
  await rename(partPath(path), path)
  removePartial(path)
}

function damaged({ name }: RemoteFile): AppError {
  return appError(
    'DOWNLOAD_DAMAGED',
    `${name} arrived damaged: its checksum is wrong.`,
    'Try again; if it happens again, the file on the server is damaged.',
  )
}

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? '')

/** What was fetched is in the way of everything else on a full disk: it goes. */
function diskFilled(path: string, cause: unknown): AppError {
  removePartial(path)
  return appError(
    'DISK_FULL',
    'The disk became full during the download.',
    'Free some space, or choose a smaller model, and download it again.',
    { stillWorks: 'What had been fetched was deleted, so that the disk is not full any more.', cause },
  )
}

async function isRight(file: RemoteFile, path: string, signal?: AbortSignal): Promise<boolean> {
  return file.sha256 === null || (await hashFile(path, signal)) === file.sha256
}

/** Fetches all segments at the same time; the first that fails ends the others. */
async function fetchSegments(
  file: RemoteFile,
  path: string,
  data: FileHandle,
  segments: Segment[],
  options: FetchOptions,
): Promise<void> {
  const partial = openPartial(path, file, segments)
  const ending = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal
  const tell = (): void => options.onProgress?.(sum(segments.map(({ from, at }) => at - from)))
  tell()
  try {
    const work = segments
      .filter((segment) => left(segment) > 0)
      .map((segment) => {
        let before = segment.at
        return persist(() => fetchSegment(file, data, partial, segment, { ...options, signal }, tell), {
          signal,
          ...(options.retrying ? { retrying: options.retrying } : {}),
          progressed() {
            const more = segment.at > before
            before = segment.at
            return more
          },
        }).catch((error: unknown) => {
          ending.abort(error)
          throw error
        })
      })
    const failed = (await Promise.allSettled(work)).some(({ status }) => status === 'rejected')
    if (failed) throw options.signal?.aborted ? options.signal.reason : ending.signal.reason
  } finally {
    partial.close()
  }
}

/** Writes all bytes, also where a disk that becomes full takes a part first: the next write says why. */
async function writeAllAt(data: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    const { bytesWritten } = await data.write(rest, 0, rest.length, at + bytes.length - rest.length)
    rest = rest.subarray(bytesWritten)
  }
}

/** What went wrong on the disk. */
class WriteFailure extends Error {}

/** One connection: from the segment's position to its end. */
async function fetchSegment(
  file: RemoteFile,
  data: FileHandle,
  partial: Partial,
  segment: Segment,
  { purpose = 'Fetch a model', signal, token = null, idleMs, network }: FetchOptions,
  tell: () => void,
): Promise<void> {
  const known = file.sizeBytes > 0
  const whole = !known || (partial.segments.length === 1 && segment.at === 0)
  const { response, url } = await get(file.url, {
    purpose,
    token,
    ...(network ? { network } : {}),
    headers: {
      'accept-encoding': 'identity',
      ...(whole ? {} : { range: `bytes=${segment.at}-${segment.to - 1}` }),
      ...(whole || file.etag === null ? {} : { 'if-range': file.etag }),
    },
    ...(signal ? { signal } : {}),
    ...(idleMs === undefined ? {} : { idleMs }),
    direct: true,
  })
  try {
    if (response.statusCode !== 206) {
      if (partial.segments.length > 1) throw new NoRanges()
      segment.at = 0
    }
    checkReply(response, url, segment, file)
    await receiveBody(response, async (bytes) => {
      if (bytes.length > left(segment)) throw changed(url, 'more bytes than announced')
      await writeAllAt(data, bytes, segment.at).catch((cause: unknown) => {
        throw new WriteFailure('a write failed', { cause })
      })
      segment.at += bytes.length
      partial.save(segment)
      tell()
    })
  } catch (error) {
    response.destroy()
    signal?.throwIfAborted()
    if (error instanceof WriteFailure) throw error.cause
    if (error instanceof AppError || error instanceof NoRanges) throw error
    throw brokenOff(url, error)
  }
  if (known && left(segment) > 0) throw brokenOff(url, new Error('the connection ended early'))
}
