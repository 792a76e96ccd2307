import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { defaultRules, type Passage } from '../../src-main/contract/index.ts'
import { createReaderPool, ingest, type PassageSink } from '../../src-main/corpus/index.ts'
import { serviceEnv } from '../../src-main/hosts/index.ts'
import { openPassageIndex } from '../../src-main/retrieval/index.ts'
import { startService } from '../../src-main/service/index.ts'
import { libraryStore, openStore } from '../../src-main/store/index.ts'
import { dataDir, root } from '../support/data.ts'
import { docx, epub, odf, pdf, pptx, xlsx } from '../support/documents.ts'

/** How long something took, on the clock and on the processor, and what it did. */
interface Measured {
  files: number
  megabytes: number
  passages: number
  seconds: number
  cpuSeconds: number
  filesPerSecond: number
  megabytesPerSecond: number
  /** Resident memory of the whole process, reader threads included. */
  peakMb: number
  /** Shares of the time that was spent in each; the first two overlap. */
  stages: Record<'read' | 'write' | 'finish', number>
}

/**
 * Ingestion end to end, from files on the disk into the full-text index: mixed files (those of the zoo that are not
 * hostile, the others generated), plain text, one large text and one large table; then how soon one changed file among
 * many is found by a service that follows its folder, and how long it takes to see at the start that nothing changed.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: 'string', default: '2000' },
      text: { type: 'string', default: '40' },
      large: { type: 'string', default: '95' },
      csv: { type: 'string', default: '70' },
      many: { type: 'string', default: '10000' },
      /** Only measures the reading of this folder. */
      measure: { type: 'string' },
      place: { type: 'string', default: '' },
    },
  })
  if (values.measure) return { table: '', result: await ingestion(values.measure, values.place) }
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    const parts: Record<string, Measured> = {}
    const measure = async (name: string, amount: string, make: (dir: string, amount: number) => void) => {
      if (Number(amount) === 0) return
      const dir = join(folder, name)
      mkdirSync(dir)
      make(dir, Number(amount))
      parts[name] = inOwnProcess(dir, join(folder, `${name}-data`))
      rmSync(dir, { recursive: true })
    }
    await measure('mixed', values.files, mixedFiles)
    await measure('text', values.text, (dir, mb) => textFiles(dir, mb * 10, 100_000))
    await measure('large', values.large, (dir, mb) => textFiles(dir, 1, mb * 1_000_000))
    await measure('csv', values.csv, (dir, mb) => writeFileSync(join(dir, 'table.csv'), csv(mb * 1_000_000)))
    const following = Number(values.many) > 0 ? await follow(folder, Number(values.many)) : null
    return { table: table(parts, following), result: { bench: 'ingest', ...parts, following } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A process that read something before would show that one's memory, too. It runs as the app's service does. */
function inOwnProcess(dir: string, place: string): Measured {
  const bench = join(root, 'test/bench/run.ts')
  const args = [...process.execArgv, bench, 'ingest', '--json', '--measure', dir, '--place', place]
  const output = execFileSync(process.execPath, args, { env: serviceEnv(), encoding: 'utf8' })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Measured
}

async function ingestion(dir: string, place: string): Promise<Measured> {
  const database = openStore(place)
  const reader = createReaderPool()
  const index = await openPassageIndex({ dir: join(place, 'index') })
  const stages = { read: 0, write: 0, finish: 0 }
  const timed =
    <A extends unknown[], R>(stage: keyof typeof stages, work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const start = performance.now()
      try {
        return await work(...args)
      } finally {
        stages[stage] += performance.now() - start
      }
    }
  const sink: PassageSink = {
    replace: timed('write', index.replace.bind(index)),
    extend: timed('write', (passages: readonly Passage[], signal) => index.extend(passages, signal)),
    retain: timed('write', index.retain.bind(index)),
    move: index.move.bind(index),
    embed: index.embed.bind(index),
    remove: index.remove.bind(index),
    finish: timed('finish', index.finish.bind(index)),
  }
  const before = process.memoryUsage.rss()
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  try {
    const store = libraryStore(database)
    store.create('Bench', { id: 'bench' })
    store.addSource('bench', 'folder', dir)
    const start = performance.now()
    const cpu = process.cpuUsage()
    await ingest({
      libraryId: 'bench',
      store,
      sink,
      reader: { ...reader, read: timed('read', reader.read) },
      index: 'bench',
      rules: defaultRules,
      emit: () => undefined,
    })
    const seconds = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const { files } = store.files('bench', { offset: 0, limit: 1_000_000 })
    const megabytes = files.reduce((sum, file) => sum + file.sizeBytes, 0) / 1_000_000
    const all = stages.read + stages.write + stages.finish
    return {
      files: files.length,
      megabytes,
      passages: store.counts('bench').passages,
      seconds,
      cpuSeconds: (user + system) / 1_000_000,
      filesPerSecond: files.length / seconds,
      megabytesPerSecond: megabytes / seconds,
      peakMb: peak / 1_000_000,
      stages: { read: stages.read / all, write: stages.write / all, finish: stages.finish / all },
    }
  } finally {
    clearInterval(watch)
    await reader.close()
    await index.close()
    database.close()
  }
}

/** A service follows a folder of small files: one is changed, then the service is started anew. */
async function follow(folder: string, count: number): Promise<Record<'files' | 'changeMs' | 'reconcileMs', number>> {
  const dir = join(folder, 'many')
  for (let i = 0; i < count; i++) {
    const place = join(dir, String(i % 100))
    if (i < 100) mkdirSync(place, { recursive: true })
    writeFileSync(join(place, `note-${i}.md`), `# Note ${i}\n\n${prose(i, 400)}\n`)
  }
  const options = {
    dataDir: join(folder, 'data'),
    resourcesDir: join(root, 'resources'),
    version: 'bench',
    follow: true,
  }
  let service = await startService(options)
  try {
    let client = createRouterClient(service.router)
    const { id } = await client.libraries.create({ name: 'Many' })
    const done = async (jobId: string) => {
      for await (const _ of await client.jobs.events({ id: jobId }));
    }
    await done((await client.libraries.addSources({ id, paths: [dir] })).jobId)
    const changes: number[] = []
    for (let round = 0; round < 5; round++) {
      const word = `changed${createHash('md5').update(String(round)).digest('hex').slice(0, 8)}`
      const start = performance.now()
      writeFileSync(join(dir, '7', 'note-7.md'), `# Note 7\n\nNow it says ${word}.\n`)
      while ((await client.libraries.search({ id, query: word, limit: 1 })).hits.length === 0)
        await new Promise((resolve) => setTimeout(resolve, 10))
      changes.push(performance.now() - start)
    }
    await service.close()
    service = await startService(options)
    client = createRouterClient(service.router)
    const start = performance.now()
    const { jobId } = (await client.libraries.list()).find((each) => each.id === id) ?? { jobId: null }
    if (jobId !== null) await done(jobId)
    return { files: count, changeMs: Math.max(...changes), reconcileMs: performance.now() - start }
  } finally {
    await service.close()
  }
}

const WORDS = Array.from({ length: 5000 }, (_, i) =>
  createHash('md5')
    .update(String(i))
    .digest('base64url')
    .replace(/[^a-z]/g, ''),
)

/** So many characters of text without meaning, the same for the same seed: sentences, paragraphs, common and rare words. */
function prose(seed: number, length: number): string {
  let state = seed + 1
  const parts: string[] = []
  for (let size = 0, sentence = 0; size < length; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const word = WORDS[Math.floor(WORDS.length ** (state / 2 ** 32)) - 1] ?? 'the'
    sentence++
    const end = sentence % 12 === 0 ? (sentence % 60 === 0 ? '.\n\n' : '. ') : ' '
    parts.push(word, end)
    size += word.length + end.length
  }
  return parts.join('')
}

function textFiles(dir: string, count: number, bytes: number): void {
  for (let i = 0; i < count; i++) writeFileSync(join(dir, `text-${i}.txt`), prose(i, bytes))
}

function csv(bytes: number): string {
  const lines = ['id,name,city,amount,comment']
  for (let i = 0, size = 0; size < bytes; i++) {
    const line = `${i},"${WORDS[i % 5000]}, ${WORDS[(i * 7) % 5000]}",${WORDS[(i * 13) % 5000]},${(i * 31) % 9973},${prose(i, 40).trim()}`
    lines.push(line)
    size += line.length + 1
  }
  return lines.join('\n')
}

/** Files of all formats; how large the generated ones are varies as it does on people's disks. */
export function mixedFiles(dir: string, count: number): void {
  let made = 0
  const data = dataDir()
  if (data) {
    const zoo = join(data, 'zoo')
    for (const line of readFileSync(join(zoo, 'manifest.jsonl'), 'utf8').split('\n').filter(Boolean)) {
      const { path, hostile } = JSON.parse(line) as { path: string; hostile?: unknown }
      if (hostile || made >= count) continue
      copyFileSync(join(zoo, path), join(dir, `zoo-${made++}${extname(path)}`))
    }
  }
  const paragraphs = (seed: number, n: number) => Array.from({ length: n }, (_, i) => prose(seed * 31 + i, 500).trim())
  const makers: Record<string, (i: number) => string | Uint8Array> = {
    md: (i) => `# ${i}\n\n${paragraphs(i, 10).join('\n\n## Part\n\n')}`,
    txt: (i) => prose(i, 3000 + ((i * 7919) % 40_000)),
    html: (i) =>
      `<html><body><h1>${i}</h1>${paragraphs(i, 20)
        .map((text) => `<p>${text}</p>`)
        .join('')}</body></html>`,
    py: (i) => paragraphs(i, 6).join('\n').replaceAll('. ', '\n    '),
    csv: () => csv(8000),
    docx: (i) => docx(paragraphs(i, 12).map((text) => ({ text }))),
    pdf: (i) => pdf(Array.from({ length: 4 }, (_, page) => prose(i + page, 2000).match(/.{1,80}/gs) ?? [])),
    xlsx: (i) => xlsx({ Sheet: Array.from({ length: 60 }, (_, row) => [row, WORDS[(i + row) % 5000] ?? '', row * i]) }),
    pptx: (i) => pptx(paragraphs(i, 8).map((text) => ({ title: text.slice(0, 30), body: [text] }))),
    odt: (i) =>
      odf(
        'text',
        paragraphs(i, 10)
          .map((text) => `<text:p>${text}</text:p>`)
          .join(''),
      ),
    epub: (i) =>
      epub(
        `Book ${i}`,
        paragraphs(i, 10).map((text) => `<p>${text}</p>`),
      ),
    eml: (i) =>
      `From: a@example.org\nSubject: Mail ${i}\nContent-Type: text/plain\n\n${paragraphs(i, 4).join('\n\n')}\n`,
  }
  // most files that people have are text, web pages and PDF
  const mix = 'md txt html pdf docx md txt pdf py csv md txt html pdf xlsx eml pptx txt odt epub'.split(' ')
  for (let i = 0; made < count; i++, made++) {
    const extension = mix[i % mix.length] as string
    writeFileSync(join(dir, `made-${i}.${extension}`), makers[extension]?.(i) ?? '')
  }
}

function table(parts: Record<string, Measured>, following: Awaited<ReturnType<typeof follow>> | null): string {
  const lines = Object.entries(parts).map(([name, m]) =>
    [
      name.padEnd(6),
      `${m.files.toLocaleString('en')} files, ${m.megabytes.toFixed(1)} MB, ${m.passages.toLocaleString('en')} passages`,
      `${m.seconds.toFixed(1)} s (${m.cpuSeconds.toFixed(1)} s of processor)`,
      `${m.filesPerSecond.toFixed(1)} files/s, ${m.megabytesPerSecond.toFixed(2)} MB/s`,
      `peak ${m.peakMb.toFixed(0)} MB`,
      `read ${(m.stages.read * 100).toFixed(0)} %, write ${(m.stages.write * 100).toFixed(0)} %, tidy ${(m.stages.finish * 100).toFixed(0)} %`,
    ].join('  '),
  )
  if (following) {
    lines.push(
      `one changed file among ${following.files.toLocaleString('en')}: found after ${following.changeMs.toFixed(0)} ms at most`,
      `${following.files.toLocaleString('en')} unchanged files at the start: ${following.reconcileMs.toFixed(0)} ms`,
    )
  }
  return lines.join('\n')
}
