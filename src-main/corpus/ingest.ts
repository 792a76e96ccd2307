import { basename, sep } from 'node:path'
import { AppError, type LibraryFile, type LibraryRules, type Progress } from '../contract/index.ts'
import type { FileRow, LibraryStore, SourceRow } from '../store/index.ts'
import { compare, emptied } from './compare.ts'
import { findMoves } from './moves.ts'
import type { EarlierPassages, PassageSink } from './ports.ts'
import { ProgressMeter } from './progress.ts'
import { contentHash, readAll } from './read-all.ts'
import type { DocumentReader } from './reading/pool.ts'
import { type ScanResult, scan, sourceProblem, widened } from './scan.ts'
import { takeOver } from './take-over.ts'
import { publicFile } from './writer.ts'

/** After fewer changes than this the index is not tidied up: it does so by itself after some. */
const TIDY_FILES = 64

export interface IngestOptions {
  libraryId: string
  store: LibraryStore
  sink: PassageSink
  reader: DocumentReader
  rules: LibraryRules
  /** The app's own folder: what lies in it is never read. */
  own?: string
  signal?: AbortSignal
  emit(payload: { type: 'progress'; progress: Progress } | { type: 'file'; file: LibraryFile }): void
  /** Only look at these absolute paths and what lies below them. */
  only?: Iterable<string>
  /** Names the index that is written to. Files that were read for another one are read again; what they had there stays. */
  index: string
  /** What is taken over into that index instead of being read again, as far as the files did not change. */
  earlier?: EarlierPassages | null
  /** Try again what could not be read before, although it did not change. */
  retry?: boolean
  /** Told of each folder before it is looked into. */
  onFolder?(path: string): void
}

/**
 * Brings a library's index up to date with its sources. What was acknowledged survives a kill at any moment, and the
 * next run goes on where this one was: a file counts as indexed only after its passages are durable.
 *
 * Files are compared by size, time and number, then by content: touching a file does not read it again, and one that
 * moved keeps its passages. Files of a source that is not there are kept. Passages can be found by their words as soon
 * as they are written; vectors follow when all is read.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE for a source, after all others were done; whatever sink and store
 *   throw; the signal's reason when aborted, with the rest of the files `waiting`
 */
export async function ingest(options: IngestOptions): Promise<void> {
  const { libraryId, store, sink, reader, signal, emit, index, retry = false, earlier = null } = options
  const meter = new ProgressMeter('Looking for files', 'files', (progress) => emit({ type: 'progress', progress }))
  const changed = (file: FileRow): void => emit({ type: 'file', file: publicFile(file) })

  const only = options.only && widened(options.only)
  const sources = store.sources(libraryId).filter((source) => !only || only.some((path) => concerns(path, source.path)))
  const scans = await scanAll(sources, options, only, meter)
  const known = only
    ? only.flatMap((path) => store.filesAt(libraryId, path, sep))
    : sources.flatMap((source) => store.filesOfSource(source.id))
  const plan = compare(libraryId, known, scans, { index, retry, earlier: earlier?.index ?? null })
  // only passages that the index has can be moved
  const [here = [], elsewhere = []] = [true, false].map((is) =>
    plan.gone.filter((row) => (row.indexFingerprint === index) === is),
  )
  const found = await findMoves(here, plan.added, (file) => contentHash(file, signal))
  const { moves, added } = found
  const gone = [...found.gone, ...elsewhere]

  if (moves.length > 0) {
    await sink.move(moves.map(({ file, title }) => ({ fileId: file.id, path: file.relativePath, title })))
    store.saveFiles(moves.map(({ file }) => file))
    for (const { file } of moves) changed(file)
  }
  const stored = new Set(known.map((row) => row.id))
  const dropped = [...gone, ...plan.skipped.filter((file) => stored.has(file.id))]
  if (dropped.length > 0) {
    // were this the last thing to happen, a file that comes back would be read again
    store.saveFiles(dropped.map((file) => emptied(file, 'waiting', null)))
    await sink.remove(dropped.map((file) => file.id))
  }
  store.deleteFiles(gone.map((file) => file.id))
  store.saveFiles(plan.skipped)
  for (const file of plan.skipped) changed(file)

  meter.plan([...plan.taken, ...added, ...plan.read].map((file) => file.sizeBytes))
  const context = { store, sink, signal, meter, changed }
  const missing = earlier ? await takeOver(plan.taken, earlier, context) : []
  const toRead = [...added, ...plan.read, ...missing]
  store.saveFiles(toRead)
  await readAll(toRead, { ...context, reader })
  store.saveFiles(plan.later)
  await embed(sink, signal, emit)
  if (dropped.length + plan.taken.length + toRead.length + moves.length >= (only ? TIDY_FILES : 1)) {
    meter.now('Tidying up the index')
    await sink.finish()
  }
  meter.end('Done')

  const problems = [...scans.values()].flatMap((result) => result.problem ?? [])
  if (problems[0]) throw combined(problems[0], problems.slice(1))
}

/** Whether one of the paths is or contains the other. */
const concerns = (a: string, b: string): boolean => a === b || a.startsWith(b + sep) || b.startsWith(a + sep)

/** Looks through the sources, and keeps what was found out about each. */
async function scanAll(
  sources: readonly SourceRow[],
  { store, rules, own, signal, onFolder }: IngestOptions,
  only: readonly string[] | undefined,
  meter: ProgressMeter,
): Promise<Map<string, ScanResult>> {
  const scans = new Map<string, ScanResult>()
  for (const source of sources) {
    const onFound = (count: number): void => meter.now(`Looking through ${basename(source.path)}: ${count} files`)
    const result = await scan(source, {
      rules,
      own,
      ...(only ? { only } : {}),
      signal,
      onFound,
      ...(onFolder ? { onFolder } : {}),
    })
    // an empty folder on another file system than before: there was a disk, and nobody deleted its files
    const unplugged = result.bare && source.device !== null && result.device !== source.device
    if (unplugged) result.problem = sourceProblem(source, { code: 'ENOENT' })
    const problem = result.problem?.value ?? null
    const { device } = unplugged ? source : result
    store.setSourceState(source.id, { problem, syncedAt: problem ? null : Date.now(), device })
    scans.set(source.id, result)
  }
  return scans
}

/** Makes the vectors that are missing; by their words all passages are found already. */
async function embed(sink: PassageSink, signal: AbortSignal | undefined, emit: IngestOptions['emit']): Promise<void> {
  let meter: ProgressMeter | null = null
  await sink.embed((done, total) => {
    meter ??= new ProgressMeter('Learning what the passages mean', 'passages', (progress) =>
      emit({ type: 'progress', progress }),
    )
    meter.reached(done, total)
  }, signal)
}

function combined(first: AppError, others: readonly AppError[]): AppError {
  if (others.length === 0) return first
  const detail = [first, ...others].map((problem) => problem.value.detail ?? problem.message).join('\n')
  return new AppError({ ...first.value, detail }, { cause: first })
}

/** Takes a source out of its library: its passages leave the index first, then its files are forgotten. */
export async function removeSource(options: {
  sourceId: string
  store: LibraryStore
  sink: PassageSink
}): Promise<void> {
  const { sourceId, store, sink } = options
  const ids = store.filesOfSource(sourceId).map((file) => file.id)
  if (ids.length > 0) await sink.remove(ids)
  store.deleteSource(sourceId)
  if (ids.length > 0) await sink.finish()
}
