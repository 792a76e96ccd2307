import { extname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type ErrorValue, type LibraryRules, type Survey, toErrorValue } from '../contract/index.ts'
import { inParallel } from './parallel.ts'
import type { DocumentReader } from './reading/pool.ts'
import { isWorthProbing } from './reading/probe.ts'
import { type FoundFile, type ScanResult, scan } from './scan.ts'
import { leftOutReasons } from './selection.ts'

/** So often the counts are told. */
const INTERVAL_MS = 250
/** So many files are looked into at most, for so long. */
const MAX_PROBED = 400
const MAX_PROBING_MS = 20_000
const MAX_TYPES = 50
const EXAMPLES = 3

/**
 * Bytes a second, from file to passages in the index, on one slow core: what `npm run bench -- ingest` measures, rounded
 * down. Types that are not named are plain text.
 */
const BYTES_PER_SECOND: Readonly<Record<string, number>> = {
  '.pdf': 1_000_000,
  '.docx': 500_000,
  '.pptx': 1_000_000,
  '.xlsx': 300_000,
  '.epub': 500_000,
  '.html': 1_500_000,
  '.htm': 1_500_000,
}
const PLAIN_BYTES_PER_SECOND = 3_000_000
const MS_PER_FILE = 8

export interface SurveyOptions {
  /** Absolute paths of folders and files. */
  paths: readonly string[]
  rules: LibraryRules
  /** The app's own folder: what lies in it is never read. */
  own?: string
  reader: DocumentReader
  signal?: AbortSignal | undefined
}

const extensionOf = (file: FoundFile): string => extname(file.path).toLowerCase()
const bytesOf = (files: readonly FoundFile[]): number => files.reduce((sum, file) => sum + file.sizeBytes, 0)
const counted = (files: readonly FoundFile[]) => ({ files: files.length, bytes: bytesOf(files) })

/** At most `max` of the items, spread evenly. */
function spread<T>(items: readonly T[], max: number): T[] {
  const step = Math.max(1, items.length / max)
  return Array.from({ length: Math.min(max, items.length) }, (_, i) => items[Math.floor(i * step)] as T)
}

/** Collects what is known of the files so far. */
class Counts {
  readonly scans: ScanResult[] = []
  /** Why files that looked readable are not. */
  readonly refused = new Map<FoundFile, ErrorValue>()
  probed = { pdf: 0, scans: 0 }
  /** While the folders are looked through. */
  foundSoFar = 0

  survey(done: boolean): Survey {
    const files = this.scans.flatMap((result) => result.files)
    const isScan = (file: FoundFile) => this.refused.get(file)?.code === 'FILE_EMPTY' && extensionOf(file) === '.pdf'
    const reasonOf = (file: FoundFile) => file.skip ?? (isScan(file) ? null : (this.refused.get(file) ?? null))
    const readable = files.filter((file) => reasonOf(file) === null)
    const pdfs = readable.filter((file) => extensionOf(file) === '.pdf').length
    const { pdf, scans } = this.probed
    const reasons = Map.groupBy(
      files.filter((file) => reasonOf(file) !== null),
      (file) => reasonOf(file)?.message ?? '',
    )
    return {
      done,
      found: files.length === 0 ? { files: this.foundSoFar, bytes: 0 } : counted(files),
      readable: counted(readable),
      types: [...Map.groupBy(files, extensionOf)]
        .map(([extension, group]) => ({
          extension,
          ...counted(group),
          readable: group.some((file) => reasonOf(file) === null),
        }))
        .sort((a, b) => b.files - a.files)
        .slice(0, MAX_TYPES),
      scans: { files: pdf === 0 ? 0 : Math.round((scans / pdf) * pdfs), checked: pdf, of: pdfs },
      skipped: [...reasons]
        .map(([message, group]) => ({
          code: reasonOf(group[0] as FoundFile)?.code ?? 'INTERNAL',
          message,
          files: group.length,
          examples: group.slice(0, EXAMPLES).map((file) => file.relativePath),
        }))
        .sort((a, b) => b.files - a.files),
      leftOut: Object.fromEntries(
        leftOutReasons.map((reason) => [reason, this.scans.reduce((sum, each) => sum + each.leftOut[reason], 0)]),
      ) as Survey['leftOut'],
      estimateMs: done ? Math.round(readable.reduce((sum, file) => sum + readingMs(file), 0)) : null,
    }
  }
}

function readingMs(file: FoundFile): number {
  return MS_PER_FILE + (file.sizeBytes / (BYTES_PER_SECOND[extensionOf(file)] ?? PLAIN_BYTES_PER_SECOND)) * 1000
}

/**
 * Tells what adding these paths would bring, without reading them: what is there by type, what would be skipped and why,
 * which PDF files are scans (some are looked into), and how long it will take. The counts are told while they grow.
 *
 * @throws the signal's reason when aborted
 */
export async function* survey({ paths, rules, own, reader, signal }: SurveyOptions): AsyncGenerator<Survey> {
  const counts = new Counts()
  const seen = new Set<string>()
  const work = (async () => {
    for (const path of paths) {
      const before = counts.foundSoFar
      const onFound = (count: number): void => {
        counts.foundSoFar = before + count
      }
      const result = await scan({ id: path, path }, { rules, own, signal, onFound })
      if (result.problem) throw result.problem
      // one folder may lie in another
      result.files = result.files.filter((file) => !seen.has(file.path) && seen.add(file.path))
      counts.scans.push(result)
    }
    await probe(counts, reader, signal)
  })()
  let over = false
  const ending = work.finally(() => {
    over = true
  })
  ending.catch(() => undefined)
  while (!over) {
    await Promise.race([ending.catch(() => undefined), setTimeout(INTERVAL_MS)])
    if (!over) yield counts.survey(false)
  }
  await ending
  yield counts.survey(true)
}

/** Looks into PDF files and files without an extension, as many as time allows. */
async function probe(counts: Counts, reader: DocumentReader, signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + MAX_PROBING_MS
  const files = counts.scans.flatMap((result) => result.files).filter((file) => !file.skip && isWorthProbing(file.path))
  const probeOne = async (file: FoundFile, stop: AbortSignal): Promise<void> => {
    if (performance.now() > deadline) return
    const error = await reader.probe(file.path, stop).then(
      () => null,
      (thrown: unknown) => {
        stop.throwIfAborted()
        return toErrorValue(thrown)
      },
    )
    if (error) counts.refused.set(file, error)
    if (extensionOf(file) !== '.pdf' || (error && error.code !== 'FILE_EMPTY')) return
    counts.probed.pdf++
    if (error) counts.probed.scans++
  }
  for await (const _ of inParallel(spread(files, MAX_PROBED), 4, probeOne, signal));
}
