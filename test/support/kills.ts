import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { connect } from '@lancedb/lancedb'
import type { Passage } from '../../src-main/contract/index.ts'
import { root } from './data.ts'
import { embeddingMetadata, tokenizerOf, writeRandomModel } from './gguf.ts'

const files = 40
/** A killed process is let work for at most so long; to build an index anew it loads a model first. */
const longestMs = { indexing: 900, rebuilding: 2500 }

/**
 * Kills a service again and again, at random moments, while it indexes a folder whose files change, move, come and go,
 * and while it tidies the index up; then lets it finish.
 *
 * @param embedders models that take turns, so that the index is built anew again and again
 * @returns what is wrong, in words; empty when nothing acknowledged was lost and nothing is there twice or in part
 */
export async function killAgainAndAgain(
  dir: string,
  kills: number,
  embedders: readonly string[] = [],
  onKill: (done: number) => void = () => {},
): Promise<string[]> {
  const documents = join(dir, 'documents')
  const dataDir = join(dir, 'data')
  mkdirSync(documents)
  const random = generator(kills)
  const wrong: string[] = []
  for (let n = 0; n < files; n++) write(documents, `file-${n}.md`, 1, random)
  for (let kill = 1; kill <= kills; kill++) {
    change(documents, kill + 1, random)
    // every other time a build that was broken off goes on
    const embedder = embedders[(kill >> 1) % embedders.length]
    const longest = longestMs[embedder ? 'rebuilding' : 'indexing']
    await run(dataDir, documents, embedder, random() * longest)
    for (const problem of await inspect(dataDir, null)) wrong.push(`after kill ${kill}: ${problem}`)
    onKill(kill)
  }
  await run(dataDir, documents, embedders[0], null)
  for (const problem of await inspect(dataDir, documents)) wrong.push(`at the end: ${problem}`)
  return wrong
}

/** Two embedding models with random weights: which one is used changes the index, and no vector says anything. */
export async function randomEmbedders(dir: string): Promise<string[]> {
  const tokenizer = await tokenizerOf()
  return [1, 2].map((seed) => {
    const path = join(dir, `embedder-${seed}.gguf`)
    writeRandomModel(path, { tokenizer, metadata: embeddingMetadata, seed })
    return path
  })
}

/** Starts the service; kills it `ms` after it began to work, or, with null, lets it finish. */
async function run(dataDir: string, documents: string, embedder: string | undefined, ms: number | null): Promise<void> {
  const script = join(root, 'test/support/kill-victim.ts')
  const args = [
    '--disable-warning=ExperimentalWarning',
    script,
    dataDir,
    documents,
    ms === null ? 'once' : '',
    embedder ?? '',
  ]
  const victim = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(victim, 'close')
  let said = ''
  for await (const line of createInterface({ input: victim.stdout })) {
    if (said === '' && ms !== null) setTimeout(() => victim.kill('SIGKILL'), ms)
    said += line
  }
  await closed
  if (!said.includes(ms === null ? 'idle' : 'working')) throw new Error(`the service did not start: ${said}`)
}

/** Every passage of a file says the file's key, its version, and how many passages with that version there are. */
function write(folder: string, name: string, version: number, random: () => number): void {
  const parts = 1 + Math.floor(random() * 6)
  const filler = 'The truffle lies under the third oak from the left, as always in spring. '.repeat(7)
  const sections = Array.from(
    { length: parts },
    (_, i) => `## Part ${i}\n\nmark ${name} version ${version} part ${i} of ${parts}. ${filler}`,
  )
  writeFileSync(join(folder, name), `${sections.join('\n\n')}\n`)
}

/** Changes a quarter of the files, removes one, adds one, and moves one. */
function change(folder: string, version: number, random: () => number): void {
  const names = readdirSync(folder)
  for (const name of names) if (random() < 0.25) write(folder, name, version, random)
  const [gone, moved] = names.toSorted(() => random() - 0.5)
  if (gone) rmSync(join(folder, gone))
  if (moved) renameSync(join(folder, moved), join(folder, `moved-${version}-${basename(moved).slice(-12)}`))
  write(folder, `new-${version}.md`, version, random)
}

interface StoredFile {
  id: string
  path: string
  state: string
  passages: number
  /** Names the index that it was read for. */
  index: string
}

/** Looks at index and database from outside. With the folder of the documents: both must be what the files say. */
async function inspect(dataDir: string, documents: string | null): Promise<string[]> {
  const database = new DatabaseSync(join(dataDir, 'lagotto.sqlite'), { readOnly: true })
  const library = database
    .prepare(
      "SELECT id, index_fingerprint AS built, building_fingerprint AS building FROM libraries WHERE name = 'Killed'",
    )
    .get() as { id: string; built: string | null; building: string | null } | undefined
  const stored = database
    .prepare('SELECT id, path, state, passages, index_fingerprint AS "index" FROM files WHERE library_id = ?')
    .all(library?.id ?? '') as unknown as StoredFile[]
  database.close()
  const problems: string[] = []
  const known = new Set(stored.map(({ id }) => id))
  const counts = new Map<string, number>()
  const libraryDir = join(dataDir, 'libraries', library?.id ?? '')
  for (const index of [library?.built, library?.building]) {
    if (!index) continue
    const rows = await passagesIn(libraryDir, index)
    const ids = new Set(rows.map(({ id }) => id))
    if (ids.size < rows.length) problems.push(`${rows.length - ids.size} passages are there twice`)
    for (const [fileId, passages] of Map.groupBy(rows, ({ fileId }) => fileId)) {
      counts.set(`${index} ${fileId}`, passages.length)
      // an index that is about to be replaced is left as it is
      if (!known.has(fileId) && library?.building === null)
        problems.push(`${passages.length} passages of ${passages[0]?.path} belong to no file`)
      const marks = passages.flatMap(({ text }) => text.match(/version \d+ part \d+ of \d+/) ?? [])
      const versions = new Set(marks.map((mark) => mark.replace(/part \d+ /, '')))
      const parts = new Set(marks.map((mark) => /part (\d+)/.exec(mark)?.[1]))
      const whole = Number(/of (\d+)/.exec(marks[0] ?? '')?.[1])
      if (versions.size !== 1 || parts.size !== whole)
        problems.push(`${passages[0]?.path} is there in part: ${marks.join(', ')}`)
    }
  }
  for (const { id, path, state, passages, index } of stored) {
    const count = counts.get(`${index} ${id}`) ?? 0
    if (state === 'indexed' && count === 0) problems.push(`${basename(path)} was indexed and is lost`)
    if (documents !== null && (state !== 'indexed' || count !== passages))
      problems.push(`${basename(path)} is ${state} with ${count} of ${passages} passages`)
  }
  if (documents !== null) {
    const there = readdirSync(documents).toSorted()
    const found = stored.map(({ path }) => basename(path)).toSorted()
    if (library?.building !== null || indexesIn(libraryDir).length !== 1) problems.push('an index is left half built')
    if (there.join() !== found.join()) problems.push(`the files are ${there.join()}, known are ${found.join()}`)
  }
  return problems
}

const indexesIn = (libraryDir: string): string[] =>
  existsSync(libraryDir) ? readdirSync(libraryDir).filter((name) => name.startsWith('index-')) : []

async function passagesIn(libraryDir: string, fingerprint: string): Promise<Passage[]> {
  const index = `index-${hash('sha256', fingerprint).slice(0, 12)}`
  // Killed before the first commit.
  if (!indexesIn(libraryDir).includes(index)) return []
  process.env['LANCEDB_LOG'] ??= 'error'
  const connection = await connect(join(libraryDir, index))
  if (!(await connection.tableNames()).includes('passages')) return []
  const table = await connection.openTable('passages')
  const rows = await table.query().select(['passage']).toArray()
  table.close()
  return rows.map((row) => JSON.parse(String(row['passage'])) as Passage)
}

/** Random numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
