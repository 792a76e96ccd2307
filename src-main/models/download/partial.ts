import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { z } from 'zod'
import type { RemoteFile } from './hub.ts'

/** A range of the file that one connection fetches: bytes `from` to `at` are on disk, `at` to `to` are missing. */
export interface Segment {
  from: number
  /** Exclusive. */
  to: number
  at: number
}

/**
 * The memory of a download: a small file beside the partial one, of which the positions are overwritten in place after
 * each piece that reached the disk, so that a process that is killed loses only what was under way.
 */
export interface Partial {
  segments: Segment[]
  save(segment: Segment): void
  close(): void
}

const headSchema = z.object({
  url: z.string(),
  sizeBytes: z.number().int(),
  sha256: z.string().nullable(),
  etag: z.string().nullable(),
  bounds: z.array(z.tuple([z.number().int().min(0), z.number().int().min(0)])).min(1),
})
type Head = z.infer<typeof headSchema>

/** Room for the positions, before the JSON text: 8 bytes each. */
const MAX_SEGMENTS = 16
const HEAD_AT = 8 * MAX_SEGMENTS

export const partPath = (path: string): string => `${path}.part`
const statePath = (path: string): string => `${path}.part.state`

function read(path: string): { head: Head; positions: number[] } | null {
  try {
    const bytes = readFileSync(statePath(path))
    const head = headSchema.parse(JSON.parse(bytes.toString('utf8', HEAD_AT)))
    const positions = head.bounds.map((_, i) => Number(bytes.readBigUInt64LE(8 * i)))
    const sane = head.bounds.every(([from, to], i) => {
      const at = positions[i] ?? -1
      return from <= at && at <= to
    })
    return sane ? { head, positions } : null
  } catch {
    return null
  }
}

/** Whether both are the same content: by hash where it is known, else by address, size and what the server calls it. */
function same(head: Head, file: RemoteFile): boolean {
  if (head.sizeBytes !== file.sizeBytes || head.sha256 !== file.sha256) return false
  return head.sha256 !== null || (head.url === file.url && head.etag !== null && head.etag === file.etag)
}

function write(path: string, file: RemoteFile, segments: readonly Segment[]): void {
  const { url, sizeBytes, sha256, etag } = file
  const bounds = segments.map(({ from, to }): [number, number] => [from, to])
  const positions = Buffer.alloc(HEAD_AT)
  for (const [i, { at }] of segments.entries()) positions.writeBigUInt64LE(BigInt(at), 8 * i)
  const head = { url, sizeBytes, sha256, etag, bounds } satisfies Head
  writeFileSync(`${statePath(path)}.new`, Buffer.concat([positions, Buffer.from(JSON.stringify(head))]))
  renameSync(`${statePath(path)}.new`, statePath(path))
}

/** The segments of an earlier attempt at this file; null when there is none to go on with. */
export function earlierSegments(path: string, file: RemoteFile): Segment[] | null {
  const found = read(path)
  if (!found || !same(found.head, file)) return null
  return found.head.bounds.map(([from, to], i) => ({ from, to, at: found.positions[i] ?? from }))
}

/** Records that a download has these segments from now on. */
export function openPartial(path: string, file: RemoteFile, segments: Segment[]): Partial {
  write(path, file, segments)
  const state = openSync(statePath(path), 'r+')
  const position = Buffer.alloc(8)
  return {
    segments,
    save(segment) {
      position.writeBigUInt64LE(BigInt(segment.at))
      writeSync(state, position, 0, 8, 8 * segments.indexOf(segment))
    },
    close: () => closeSync(state),
  }
}

/** Forgets what was fetched of a file. */
export function removePartial(path: string): void {
  for (const file of [partPath(path), statePath(path), `${statePath(path)}.new`]) rmSync(file, { force: true })
}
