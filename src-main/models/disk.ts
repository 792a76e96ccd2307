import { type FileHandle, open, rename, rm, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { appError } from '../contract/index.ts'

/** Left free on the disk, for everything else. */
const SPARE_BYTES = 64 * 2 ** 20

/** Free bytes on the disk of a folder that need not exist yet. */
export async function freeSpace(dir: string): Promise<number> {
  for (let folder = dir; ; folder = dirname(folder)) {
    const found = await statfs(folder).catch(() => null)
    if (found) return found.bavail * found.bsize
    if (dirname(folder) === folder) return Number.POSITIVE_INFINITY
  }
}

/**
 * Checks that a folder's disk has room.
 *
 * @throws {AppError} DISK_FULL
 */
export async function checkSpace(dir: string, bytes: number): Promise<void> {
  const free = await freeSpace(dir)
  if (free >= bytes + SPARE_BYTES) return
  const gb = (n: number): string => `${(n / 1e9).toFixed(1)} GB`
  throw appError(
    'DISK_FULL',
    `The disk has ${gb(free)} free, and ${gb(bytes + SPARE_BYTES)} are needed.`,
    'Free some space, or choose a smaller model.',
    { detail: dir },
  )
}

/** Writes all bytes at the file's position. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten
}

/**
 * Writes a file beside its place, makes sure that the disk has it, and renames it: there is the whole file, or what was there
 * before.
 *
 * @throws whatever `write` and the disk throw; then nothing half-written stays
 */
export async function writeBeside(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const beside = `${path}.part`
  const file = await open(beside, 'w')
  try {
    await write(file)
    await file.datasync()
    await file.close()
    await rename(beside, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(beside, { force: true })
    throw error
  }
}
