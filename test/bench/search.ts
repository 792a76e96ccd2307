import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { connect, MatchQuery, type Table } from '@lancedb/lancedb'
import type { Passage } from '../../src-main/contract/index.ts'
import { analyze, type Embedder, openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import { syntheticEmbedder } from '../support/embedder.ts'
import { temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const dimensions = 384
const wordsPerPassage = 120
const passagesPerFile = 20
const filesPerWrite = 50
const queries = 100

interface Times {
  p50: number
  p95: number
}

interface SizeResult {
  passages: number
  ingest: { fullTextRowsPerSecond: number; hybridRowsPerSecond: number; finishMs: number; freshBytes: number }
  fullText: Times & { baseline: Times; ratio: number }
  vector: { baseline: Times; recallAt10: number }
  hybrid: Times & { ratio: number }
  /** Searches of some of the files: recall@10 of the vectors against flat search of the same, and hybrid times. */
  filtered: (Times & { share: number; recallAt10: number })[]
  /** The hybrid index after a tenth of its files was changed in two jobs; `finishMs` is the tidying up of each. */
  changed: Times & { recallAt10: number; finishMs: number[] }
  /** Bytes on disk of the hybrid index: as built, and after these changes. */
  disk: { fresh: number; changed: number; ratio: number }
}

/** Shares of the files that the filtered searches look into. */
const shares = [0.02, 0.5]

/**
 * Times ingestion and search over synthetic passages (Zipf vocabulary, random 384-d unit vectors: the hardest case for
 * a vector index) through the public interface. Baselines are LanceDB's own queries on the same tables, which return
 * only ids: `ratio` is our p50 over the baseline's (for hybrid: over full text and flat vector search together).
 * Embedding is not timed.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const options = {
    passages: { type: 'string', default: '10000,100000' },
    keep: { type: 'string' },
  } as const
  const { values } = parseArgs({ args, options })
  const sizes: SizeResult[] = []
  for (const size of values.passages.split(',').map(Number)) {
    const folder = temporaryFolder()
    try {
      sizes.push(await benchSize(size, values.keep ? join(resolve(values.keep), String(size)) : folder.path))
    } finally {
      folder.remove()
    }
  }
  return { table: sizes.map(table).join('\n\n'), result: { bench: 'search', dimensions, wordsPerPassage, sizes } }
}

/** Fills both indexes, or leaves those that an earlier call has filled. */
async function build(
  dir: string,
  size: number,
  fullText: PassageIndex,
  hybrid: PassageIndex,
  timed: { spent(): number },
): Promise<SizeResult['ingest']> {
  const done = join(dir, 'ingest.json')
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8'))
  const files = () => passageFiles(size, wordSource(2))
  const fullTextRowsPerSecond = (1000 * size) / (await ingest(fullText, files()))
  const hybridMs = (await ingest(hybrid, files())) - timed.spent()
  const finishStart = performance.now()
  await fullText.finish()
  await hybrid.finish()
  const finishMs = performance.now() - finishStart
  const freshBytes = bytesIn(join(dir, 'hybrid'))
  const figures = { fullTextRowsPerSecond, hybridRowsPerSecond: (1000 * size) / hybridMs, finishMs, freshBytes }
  writeFileSync(done, JSON.stringify(figures))
  return figures
}

async function benchSize(size: number, dir: string): Promise<SizeResult> {
  mkdirSync(dir, { recursive: true })
  const timed = timedEmbedder()
  const words = wordSource(1)
  const fullText = await openPassageIndex({ dir: join(dir, 'full-text') })
  const hybrid = await openPassageIndex({ dir: join(dir, 'hybrid'), embedder: timed.embedder })
  try {
    const ingest = await build(dir, size, fullText, hybrid, timed)
    const texts = Array.from({ length: queries }, () => Array.from({ length: 4 }, words).join(' '))
    const fullTextTable = await rawTable(join(dir, 'full-text'))
    const hybridTable = await rawTable(join(dir, 'hybrid'))
    const vectors = await timed.embedder.embed(texts, 'query')
    const baseline = await times(texts, (text) => rawFullText(fullTextTable, text))
    const own = await times(texts, (text) => fullText.search(text, 10))
    const flat = await times(texts, (_, i) => rawVector(hybridTable, vectors[i]))
    const fused = await times(texts, (text) => hybrid.search(text, 10))
    const recallAt10 = await recall(hybrid, hybridTable, texts, vectors)
    const filtered: SizeResult['filtered'] = []
    for (const share of shares) {
      const scope = someFiles(size, share)
      const took = await times(texts, (text) => hybrid.search(text, 10, undefined, scope))
      filtered.push({ share, ...took, recallAt10: await recall(hybrid, hybridTable, texts, vectors, scope) })
    }
    const { bytes, ...changed } = await benchChanged(dir, size, timed.embedder, texts)
    return {
      passages: size,
      ingest,
      fullText: { ...own, baseline, ratio: own.p50 / baseline.p50 },
      vector: { baseline: flat, recallAt10 },
      hybrid: { ...fused, ratio: fused.p50 / (baseline.p50 + flat.p50) },
      filtered,
      changed,
      disk: { fresh: ingest.freshBytes, changed: bytes, ratio: bytes / ingest.freshBytes },
    }
  } finally {
    await Promise.all([fullText.close(), hybrid.close()])
  }
}

/** Share of the ten passages nearest to each query that are among the first ten by vector in our search. */
async function recall(
  index: PassageIndex,
  table: Table,
  texts: readonly string[],
  vectors: readonly Float32Array[],
  scope?: ReadonlySet<string>,
): Promise<number> {
  let sum = 0
  for (const [i, text] of texts.entries()) {
    const best = await rawVector(table, vectors[i], scope)
    // As many hits as surely hold the ten nearest. Without a filter few enough to look at the same candidates as a search
    // for ten; with one, passages that both words and meaning find may come before the nearest.
    const hits = await index.search(text, scope ? 100 : 25, undefined, scope)
    const near = hits.filter(({ stages }) => stages.vector && stages.vector.rank <= 10).map(({ id }) => id)
    sum += best.filter((id) => near.includes(id)).length / best.length
  }
  return sum / texts.length
}

/** The ids of a share of the files, spread evenly from one of the first on. */
function someFiles(size: number, share: number, first = 0): Set<string> {
  const step = Math.round(1 / share)
  const ids = Array.from({ length: Math.ceil(size / passagesPerFile) }, (_, i) => `file-${i * passagesPerFile}`)
  return new Set(ids.filter((_, i) => i % step === first))
}

/** Changes a tenth of the files of a copy of the hybrid index in two jobs that tidy up after themselves, and searches it. */
async function benchChanged(
  dir: string,
  size: number,
  embedder: Embedder,
  texts: readonly string[],
): Promise<SizeResult['changed'] & { bytes: number }> {
  const copy = join(dir, 'changed')
  rmSync(copy, { recursive: true, force: true })
  cpSync(join(dir, 'hybrid'), copy, { recursive: true })
  const index = await openPassageIndex({ dir: copy, embedder })
  try {
    const finishMs: number[] = []
    for (const job of [0, 1]) {
      await ingest(index, passageFiles(size, wordSource(3 + job), someFiles(size, 1 / 20, job)))
      const start = performance.now()
      await index.finish()
      finishMs.push(performance.now() - start)
    }
    const took = await times(texts, (text) => index.search(text, 10))
    const recallAt10 = await recall(index, await rawTable(copy), texts, await embedder.embed(texts, 'query'))
    return { ...took, recallAt10, finishMs, bytes: bytesIn(copy) }
  } finally {
    await index.close()
  }
}

function bytesIn(dir: string): number {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/** Writes all files as ingestion does, many to a commit. @returns ms */
async function ingest(index: PassageIndex, files: Iterable<{ fileId: string; passages: Passage[] }>): Promise<number> {
  let ms = 0
  let batch: { fileId: string; passages: Passage[] }[] = []
  const write = async () => {
    const start = performance.now()
    await index.replace(batch)
    ms += performance.now() - start
    batch = []
  }
  for (const file of files) if (batch.push(file) === filesPerWrite) await write()
  await write()
  return ms
}

function* passageFiles(
  size: number,
  word: () => string,
  only?: ReadonlySet<string>,
): Generator<{ fileId: string; passages: Passage[] }> {
  for (let at = 0; at < size; at += passagesPerFile) {
    const fileId = `file-${at}`
    if (only && !only.has(fileId)) continue
    const title = `${word()} ${word()}`
    const passages = Array.from({ length: Math.min(passagesPerFile, size - at) }, (_, i) =>
      passage(`${fileId}-${i}`, Array.from({ length: wordsPerPassage }, word).join(' '), { fileId, title }),
    )
    yield { fileId, passages }
  }
}

/** Words of a 50,000-word vocabulary whose frequency falls with their rank (Zipf), the same for the same seed. */
function wordSource(seed: number): () => string {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return `w${Math.floor(50_000 ** (state / 2 ** 32)).toString(36)}`
  }
}

function timedEmbedder(): { embedder: Embedder; spent(): number } {
  const inner = syntheticEmbedder(dimensions)
  let ms = 0
  const embedder: Embedder = {
    ...inner,
    async embed(texts, kind) {
      const start = performance.now()
      const vectors = await inner.embed(texts, kind)
      ms += performance.now() - start
      return vectors
    },
  }
  return { embedder, spent: () => ms }
}

/** One untimed round to warm the caches, then the real one. */
async function times(texts: readonly string[], run: (text: string, i: number) => Promise<unknown>): Promise<Times> {
  for (const [i, text] of texts.slice(0, 10).entries()) await run(text, i)
  const ms: number[] = []
  for (const [i, text] of texts.entries()) {
    const start = performance.now()
    await run(text, i)
    ms.push(performance.now() - start)
  }
  ms.sort((a, b) => a - b)
  const quantile = (share: number) => ms[Math.floor(share * ms.length)] ?? 0
  return { p50: quantile(0.5), p95: quantile(0.95) }
}

async function rawTable(dir: string): Promise<Table> {
  return (await connect(dir)).openTable('passages')
}

async function rawFullText(table: Table, text: string): Promise<unknown> {
  const terms = analyze(text).map(({ term }) => term)
  const query = new MatchQuery(terms.join(' '), 'terms')
  return table.query().fullTextSearch(query).select(['id', '_score']).limit(10).toArray()
}

async function rawVector(
  table: Table,
  vector: Float32Array = new Float32Array(dimensions),
  scope?: ReadonlySet<string>,
): Promise<string[]> {
  const nearest = table.vectorSearch(vector).distanceType('cosine').bypassVectorIndex().select(['id', '_distance'])
  const ids = scope && [...scope].map((id) => `'${id}'`).join(', ')
  const rows = await (ids ? nearest.where(`file_id IN (${ids})`) : nearest).limit(10).toArray()
  return rows.map(({ id }) => String(id))
}

function table({ passages, ingest, fullText, vector, hybrid, filtered, changed, disk }: SizeResult): string {
  const ms = ({ p50, p95 }: Times) => `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`
  const perSecond = (rows: number) => `${Math.round(rows).toLocaleString('en')} passages/s`
  return [
    `${passages.toLocaleString('en')} passages of ${wordsPerPassage} words`,
    `  ingest, full text     ${perSecond(ingest.fullTextRowsPerSecond)}`,
    `  ingest, with vectors  ${perSecond(ingest.hybridRowsPerSecond)} (embedding not counted)`,
    `  finish, both          ${(ingest.finishMs / 1000).toFixed(1)} s`,
    `  full text             ${ms(fullText)} (${fullText.ratio.toFixed(2)} of LanceDB alone: ${ms(fullText.baseline)})`,
    `  flat vector search    ${ms(vector.baseline)}`,
    `  hybrid                ${ms(hybrid)} (${hybrid.ratio.toFixed(2)} of both alone)`,
    `  hybrid, changed       ${ms(changed)}, recall@10 ${changed.recallAt10.toFixed(3)}`,
    `  finish, changed       ${changed.finishMs.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ')}`,
    `  recall@10 of vectors  ${vector.recallAt10.toFixed(3)} against flat search`,
    ...filtered.map(
      ({ share, recallAt10, ...took }) =>
        `  ${Math.round(100 * share)} % of the files${share < 0.1 ? ' ' : ''}     ${ms(took)}, recall@10 ${recallAt10.toFixed(3)}`,
    ),
    `  disk                  ${Math.round(disk.fresh / 1e6)} MB fresh, ${disk.ratio.toFixed(2)} of it after changes`,
  ].join('\n')
}
