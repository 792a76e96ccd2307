import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { appError, toErrorValue } from '../contract/index.ts'
import { migrations } from './schema.ts'

/** The open app database and the lock that keeps other processes out of its data folder. */
export interface Store {
  readonly db: DatabaseSync
  /**
   * Runs `work` in one transaction: all of it is kept, or nothing. Calls may nest.
   *
   * @param vital on a full disk it is tried again in the room that was set aside: for what must not get lost
   */
  transaction<T>(work: () => T, vital?: boolean): T
  close(): void
}

/** What is set aside for the time when the disk is full, bytes: the ends of some jobs. */
const SPARE_BYTES = 512 * 1024

/** Sets room aside, unless it is there or there is none. */
function setAside(spare: string): void {
  if (existsSync(spare)) return
  try {
    writeFileSync(spare, Buffer.alloc(SPARE_BYTES))
  } catch {
    rmSync(spare, { force: true })
  }
}

function migrate(db: DatabaseSync): void {
  const version = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (version > migrations.length) {
    throw appError(
      'DATA_DIR_UNUSABLE',
      'The data folder was written by a newer version of Lagotto.',
      'Update Lagotto, or choose another data folder.',
      { detail: `schema ${version}, this version knows ${migrations.length}` },
    )
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    db.exec(`BEGIN; ${sql}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}

/**
 * Takes the data folder for this process. The lock is an exclusive transaction on a database of its own, so it ends
 * with the process however that dies.
 *
 * @throws {AppError} DATA_DIR_IN_USE when another process holds it
 */
function lock(dataDir: string): DatabaseSync {
  const pidFile = join(dataDir, 'lock.pid')
  const db = new DatabaseSync(join(dataDir, 'lock.sqlite'))
  try {
    db.exec('PRAGMA busy_timeout = 200; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    writeFileSync(pidFile, String(process.pid))
    return db
  } catch (error) {
    db.close()
    if (!/locked|busy/i.test(String(error))) throw error
    let owner = ''
    try {
      owner = ` (process ${readFileSync(pidFile, 'utf8')})`
    } catch {
      owner = ''
    }
    throw appError(
      'DATA_DIR_IN_USE',
      `Lagotto is already running with this data folder${owner}.`,
      'Use the window that is open, close it first, or choose another folder with --data-dir.',
      { detail: dataDir },
    )
  }
}

/**
 * Opens (and creates or upgrades) the database of a data folder.
 *
 * @param dataDir absolute path
 * @throws {AppError} DATA_DIR_IN_USE, DATA_DIR_UNUSABLE, DISK_FULL
 */
export function openStore(dataDir: string): Store {
  try {
    mkdirSync(dataDir, { recursive: true })
    const held = lock(dataDir)
    const db = new DatabaseSync(join(dataDir, 'lagotto.sqlite'))
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
    migrate(db)
    const spare = join(dataDir, 'spare')
    setAside(spare)
    let depth = 0
    function attempt<T>(work: () => T): T {
      db.exec('BEGIN IMMEDIATE')
      depth++
      try {
        const result = work()
        db.exec('COMMIT')
        return result
      } catch (error) {
        // A full disk has rolled it back already (sqlite.org/lang_transaction.html).
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      } finally {
        depth--
      }
    }
    return {
      db,
      transaction(work, vital = false) {
        if (depth > 0) return work()
        if (!vital) return attempt(work)
        try {
          const result = attempt(work)
          setAside(spare)
          return result
        } catch (error) {
          if (toErrorValue(error).code !== 'DISK_FULL' || !existsSync(spare)) throw error
          rmSync(spare)
          return attempt(work)
        }
      },
      close() {
        db.close()
        held.close()
      },
    }
  } catch (error) {
    const value = toErrorValue(error)
    if (value.code !== 'INTERNAL') throw error
    throw appError(
      'DATA_DIR_UNUSABLE',
      `The data folder ${dataDir} cannot be used.`,
      'Check that it can be written to, or choose another with --data-dir.',
      { ...(value.detail ? { detail: value.detail } : {}), cause: error },
    )
  }
}
