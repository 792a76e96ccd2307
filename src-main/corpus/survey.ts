import { setTimeout } from 'node:timers/promises'
import {
  type ErrorValue,
  type EstimatedPart,
  type LibraryRules,
  type Passage,
  type Survey,
  toErrorValue,
} from '../contract/index.ts'
import { expectedPassages, type PdfPages, readingMs, recognizingMs } from './estimate.ts'
import { inParallel } from './parallel.ts'
import type { PdfLook } from './reading/pdf.ts'
import type { DocumentReader } from './reading/pool.ts'
import { isWorthProbing } from './reading/probe.ts'
import { sampleOf, spread } from './sample.ts'
import { extensionOf, type FoundFile, type ScanResult, scan, totalBytes } from './scan.ts'
import { leftOutReasons } from './selection.ts'

/** So often the counts are told. */
const INTERVAL_MS = 250
/** So many files are looked into at most, for so long. */
const MAX_PROBED = 400
const MAX_PROBING_MS = 20_000
const MAX_TYPES = 50
/** So many passages are embedded to know how fast that is. */
const MAX_EMBEDDED = 32
const EXAMPLES = 3

/** Measures how many ms it takes to embed a passage, with these. */
export type EmbeddingMeasure = (passages: readonly Passage[], signal: AbortSignal | undefined) => Promise<number>

export interface SurveyOptions {
  /** Absolute paths of folders and files. */
  paths: readonly string[]
  rules: LibraryRules
  /** The app's own folder: what lies in it is never read. */
  own?: string
  reader: DocumentReader
  /** ms that one thread needs to recognize the text of a page; null: it is not recognized. */
  recognitionMs?: number | null
  /** What measures embedding, asked when all is counted; null: passages are not embedded. */
  embedding?(): Promise<EmbeddingMeasure | null>
  signal?: AbortSignal | undefined
}

const counted = (files: readonly FoundFile[]) => ({ files: files.length, bytes: totalBytes(files) })

/** Collects what is known of the files so far. */
class Counts {
  readonly scans: ScanResult[] = []
  /** Why files that looked readable are not. */
  readonly refused = new Map<FoundFile, ErrorValue>()
  /** What the PDF files are like that were looked into. */
  readonly looks = new Map<FoundFile, PdfLook>()
  /** While the folders are looked through. */
  foundSoFar = 0
  /** Null until all is counted. */
  estimate: EstimatedPart[] | null = null

  #reasonOf(file: FoundFile): ErrorValue | null {
    return file.skip ?? this.refused.get(file) ?? null
  }

  readable(): FoundFile[] {
    return this.scans.flatMap((result) => result.files).filter((file) => this.#reasonOf(file) === null)
  }

  /** What the PDF files that were looked into let expect of all of them. */
  pdfs(readable: readonly FoundFile[]): { of: number; checked: number; scans: number; pages: PdfPages } {
    const of = readable.filter((file) => extensionOf(file) === '.pdf').length
    const looks = [...this.looks.values()]
    const times = looks.length === 0 ? 0 : of / looks.length
    const sum = (what: (look: PdfLook) => number) =>
      Math.round(times * looks.reduce((all, look) => all + what(look), 0))
    return {
      of,
      checked: looks.length,
      scans: sum(({ scan }) => (scan ? 1 : 0)),
      pages: {
        text: sum(({ pages, barePages }) => pages - barePages),
        bare: sum(({ barePages }) => barePages),
        mostBare: looks.reduce((most, { barePages }) => Math.max(most, barePages), 0),
      },
    }
  }

  survey(done: boolean): Survey {
    const files = this.scans.flatMap((result) => result.files)
    const reasonOf = (file: FoundFile) => this.#reasonOf(file)
    const readable = this.readable()
    const { of, checked, scans, pages } = this.pdfs(readable)
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
      scans: { files: scans, pages: pages.bare, checked, of },
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
      estimate: this.estimate,
    }
  }
}

/**
 * Tells what adding these paths would bring, without reading all of it: what is there by type, what would be skipped and
 * why, which PDF files are scans (some are looked into), and how long it will take (a few files are read to know). The
 * counts are told while they grow.
 *
 * @throws the signal's reason when aborted
 */
export async function* survey(options: SurveyOptions): AsyncGenerator<Survey> {
  const { paths, rules, own, reader, signal } = options
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
    counts.estimate = await estimateOf(counts, options)
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
    try {
      const look = await reader.probe(file.path, stop)
      if (look) counts.looks.set(file, look)
    } catch (thrown) {
      stop.throwIfAborted()
      counts.refused.set(file, toErrorValue(thrown))
    }
  }
  for await (const _ of inParallel(spread(files, MAX_PROBED), 4, probeOne, signal));
}

/** How long the parts of the work will take, as far as that can be told before. */
async function estimateOf(counts: Counts, options: SurveyOptions): Promise<EstimatedPart[]> {
  const { reader, recognitionMs = null, signal } = options
  const files = counts.readable()
  const { pages } = counts.pdfs(files)
  const parts: EstimatedPart[] = [{ what: 'reading', ms: readingMs(files) }]
  if (recognitionMs !== null && pages.bare > 0)
    parts.push({ what: 'recognition', ms: recognizingMs(pages, recognitionMs) })
  const measure = (await options.embedding?.()) ?? null
  if (!measure || files.length === 0) return parts
  // to recognize the text of a page takes longer than there is time for
  const withText = files.filter((file) => extensionOf(file) !== '.pdf' || counts.looks.get(file)?.barePages === 0)
  const sample = await sampleOf(withText, reader, signal)
  const passages = expectedPassages(files, sample, pages, recognitionMs !== null)
  if (passages === 0) return parts
  const ms = await measure(spread(sample.passages, MAX_EMBEDDED), signal).catch(() => null)
  signal?.throwIfAborted()
  // a model that cannot embed a passage now may do so later: what that will take is not known
  return [...parts, { what: 'embedding', ms: ms === null ? null : ms * passages }]
}
