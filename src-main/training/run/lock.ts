import { open, readFile, rm, stat } from 'node:fs/promises'
import { uptime } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { appError, toErrorValue } from '../../contract/index.ts'
import { diskError } from './files.ts'

const lockPath = (dir: string): string => join(dir, 'lock')
const ours = new Set<string>()
const WAIT_MS = 200

/** Whether a process of this number runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The process that trains in a run's folder; null when nobody does. A lock from before the last start of the computer is nobody's. */
export async function lockHolder(dir: string): Promise<number | null> {
  try {
    const path = lockPath(dir)
    const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
    const { mtimeMs } = await stat(path)
    const sinceStart = Date.now() - uptime() * 1000 - 5000
    if (!Number.isInteger(pid) || mtimeMs < sinceStart) return null
    if (pid === process.pid) return ours.has(resolve(dir)) ? pid : null
    return isAlive(pid) ? pid : null
  } catch {
    return null
  }
}

/**
 * Takes a folder as soon as whoever has it gives it back.
 *
 * @returns gives it back
 * @throws {AppError} DISK_FULL and the like; the signal's reason
 */
export async function waitForLock(dir: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  for (;;) {
    try {
      return await takeLock(dir)
    } catch (error) {
      if (toErrorValue(error).code !== 'RUN_IN_USE') throw error
      signal?.throwIfAborted()
      await setTimeout(WAIT_MS)
    }
  }
}

/**
 * Takes a run's folder for this process.
 *
 * @returns gives it back
 * @throws {AppError} RUN_IN_USE
 */
export async function takeLock(dir: string): Promise<() => Promise<void>> {
  const path = lockPath(dir)
  const key = resolve(dir)
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(`${process.pid}\n`)
      await file.close()
      ours.add(key)
      return async () => {
        ours.delete(key)
        await rm(path, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError(error, path)
    }
    const holder = await lockHolder(dir)
    if (holder !== null) {
      throw appError(
        'RUN_IN_USE',
        `This run is being trained already, by process ${holder}.`,
        'Follow it, or pause it there first.',
        { detail: dir },
      )
    }
    await rm(path, { force: true })
  }
}
