import { readdir, stat } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import type { Library } from '../contract/index.ts'
import { type FolderWatcher, watchFolders } from '../corpus/index.ts'
import type { LibraryStore, SourceRow } from '../store/index.ts'
import { BusyPaths } from './busy-paths.ts'

/** Notices what happens to the files of libraries, and asks for ingestions. */
export interface Following {
  /** Follows a library from now on, after a first look at everything. */
  start(libraryId: string): void
  /** Notices nothing more about it. */
  stop(libraryId: string): void
  /** To be told of each folder that is looked into. */
  onFolder(libraryId: string, path: string): void
  /** How changes are noticed. */
  mode(libraryId: string): Library['follows']
  close(): void
}

export interface FollowingOptions {
  store: LibraryStore
  /** Asks for an ingestion of these paths; absent: of everything. */
  look(libraryId: string, only?: Iterable<string>): void
  log(line: string): void
  /** So often it is checked whether sources are there. */
  pollMs?: number
  /** So often everything is looked at where changes cannot be watched. */
  periodicMs?: number
}

/** Even where changes are watched some may escape: after a burst, on a network disk. */
const LIVE_MS = 30 * 60_000
/** More touched paths than this, and looking at everything is less work. */
const MANY_PATHS = 2000

interface Followed {
  watcher: FolderWatcher
  busy: BusyPaths
  mode: Library['follows']
  lookedAt: number
}

/** Whether a source that was there is not any more, or the other way round. */
async function hasTurned(source: SourceRow): Promise<boolean> {
  const info = await stat(source.path).catch(() => null)
  if (source.problem === null) return info === null || (source.device !== null && info.dev !== source.device)
  if (info === null || info.isFile()) return info !== null
  // the place where a disk was is an empty folder
  return (await readdir(source.path).catch(() => [])).length > 0
}

const concerns = (path: string, source: SourceRow): boolean =>
  path === source.path || path.startsWith(source.path + sep) || source.path.startsWith(path + sep)

/** Creates the following of a service. */
export function createFollowing({ store, look, log, pollMs = 5000, periodicMs = 60_000 }: FollowingOptions): Following {
  const followed = new Map<string, Followed>()

  function touched(libraryId: string, paths: ReadonlySet<string>): void {
    const sources = store.sources(libraryId)
    const concerned = [...paths].filter((path) => sources.some((source) => concerns(path, source)))
    const mine = followed.get(libraryId)?.busy.take(concerned) ?? []
    if (mine.length > MANY_PATHS) look(libraryId)
    else if (mine.length > 0) look(libraryId, mine)
  }

  async function poll(): Promise<void> {
    for (const [id, state] of followed) {
      const interval = state.mode === 'live' ? LIVE_MS : periodicMs
      if (performance.now() - state.lookedAt > interval) {
        state.lookedAt = performance.now()
        look(id)
        continue
      }
      const turned: string[] = []
      for (const source of store.sources(id)) if (await hasTurned(source)) turned.push(source.path)
      const due = [...turned, ...state.busy.take([])]
      if (due.length > 0 && followed.has(id)) look(id, due)
    }
  }

  let closed = false
  let timer: NodeJS.Timeout | undefined
  const pollLater = (): void => {
    timer = setTimeout(async () => {
      await poll().catch((error: unknown) => log(`Looking after the libraries failed: ${error}`))
      if (!closed) pollLater()
    }, pollMs)
    timer.unref()
  }
  pollLater()

  function stop(libraryId: string): void {
    followed.get(libraryId)?.watcher.close()
    followed.delete(libraryId)
  }

  return {
    start(libraryId) {
      stop(libraryId)
      const state: Followed = {
        mode: 'live',
        lookedAt: performance.now(),
        busy: new BusyPaths(),
        watcher: watchFolders({
          onTouched: (paths) => touched(libraryId, paths),
          onFailed(error) {
            state.mode = 'periodic'
            log(`Changes cannot be watched, so they are looked for every ${periodicMs / 1000} seconds: ${error}`)
          },
        }),
      }
      followed.set(libraryId, state)
      for (const source of store.sources(libraryId)) {
        if (source.kind === 'file') state.watcher.add(dirname(source.path))
      }
      look(libraryId)
    },
    stop,
    onFolder: (libraryId, path) => followed.get(libraryId)?.watcher.add(path),
    mode: (libraryId) => followed.get(libraryId)?.mode ?? 'off',
    close() {
      closed = true
      clearTimeout(timer)
      for (const id of [...followed.keys()]) stop(id)
    },
  }
}
