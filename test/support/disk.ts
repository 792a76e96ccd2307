import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** A small file system of its own, in memory; only root on Linux can make one. */
export interface Disk {
  /** Nothing can be written to it any more. */
  protect(): void
  unmount(): void
}

/** Mounts one at a new folder; null, with the reason printed, where that is not allowed. */
export function mountDisk(path: string): Disk | null {
  mkdirSync(path, { recursive: true })
  const call = (command: string, ...args: string[]): void => {
    execFileSync(command, args, { stdio: 'ignore' })
  }
  try {
    call('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path)
  } catch {
    console.log('skipped: a small disk can only be mounted by root on Linux')
    return null
  }
  return {
    protect: () => call('mount', '-o', 'remount,ro', path),
    unmount: () => call('umount', '-l', path),
  }
}
