import { existsSync, type FSWatcher, statSync, watch } from 'node:fs'
import { join, sep } from 'node:path'

/** Tells which paths in some folders were touched, a moment after. */
export interface FolderWatcher {
  /**
   * Watches what lies in a folder from now on. On Linux the folders below it have to be added as well; elsewhere they
   * are watched with it.
   */
  add(folder: string): void
  close(): void
}

export interface WatchOptions {
  /** Files and folders that came, went or were written to since the last call. */
  onTouched(paths: ReadonlySet<string>): void
  /** Not everything can be watched: the system allows no more, or this file system has no way. Told once. */
  onFailed(error: unknown): void
  /** So long nothing more must happen before something is told. */
  quietMs?: number
  /** So long is waited for that at most. */
  longestMs?: number
  /** Whether the system watches whole trees. */
  recursive?: boolean
}

/** Watches folders; gives up on what the system does not allow, and never throws. */
export function watchFolders(options: WatchOptions): FolderWatcher {
  const { onTouched, onFailed, quietMs = 200, longestMs = 1000, recursive = process.platform !== 'linux' } = options
  const watched = new Map<string, { watcher: FSWatcher; inode: number }>()
  let touched = new Set<string>()
  let firstAt = 0
  let timer: NodeJS.Timeout | undefined
  let failed = false
  let closed = false

  const forget = (folder: string): void => {
    watched.get(folder)?.watcher.close()
    watched.delete(folder)
  }
  const fail = (folder: string, error: unknown): void => {
    forget(folder)
    // a folder that vanished is no trouble: what is above it tells
    if (closed || failed || !existsSync(folder)) return
    failed = true
    onFailed(error)
  }

  /** A watched folder that went away, or whose place another one took, no longer tells about its path. */
  function forgetGone(paths: ReadonlySet<string>): void {
    for (const path of paths) {
      if (!watched.has(path) || existsSync(path)) continue
      for (const folder of [...watched.keys()]) if (folder === path || folder.startsWith(path + sep)) forget(folder)
    }
  }

  function tell(): void {
    const paths = touched
    touched = new Set()
    timer = undefined
    forgetGone(paths)
    onTouched(paths)
  }

  function touch(path: string): void {
    if (closed) return
    const now = performance.now()
    if (touched.size === 0) firstAt = now
    touched.add(path)
    clearTimeout(timer)
    timer = setTimeout(tell, Math.max(0, Math.min(quietMs, firstAt + longestMs - now)))
    timer.unref()
  }

  return {
    add(folder) {
      if (closed || failed) return
      if (recursive && [...watched.keys()].some((root) => folder.startsWith(root + sep))) return
      try {
        const inode = statSync(folder).ino
        if (watched.get(folder)?.inode === inode) return
        forget(folder)
        const watcher = watch(folder, { persistent: false, recursive }, (_event, name) => {
          touch(name === null ? folder : join(folder, name))
          // a folder that goes away itself names no file in it
          if (name !== null && !existsSync(folder)) touch(folder)
        })
        watcher.on('error', (error) => fail(folder, error))
        watched.set(folder, { watcher, inode })
      } catch (error) {
        fail(folder, error)
      }
    },
    close() {
      closed = true
      clearTimeout(timer)
      for (const folder of [...watched.keys()]) forget(folder)
    },
  }
}
