import { createHash } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import {
  AppError,
  appError,
  type Benchmark,
  type BenchmarkInput,
  type EvidenceText,
  toErrorValue,
} from '../../contract/index.ts'
import { loadCorpus, loadQuestionFile, type QuestionFile } from '../../evaluation/index.ts'
import type { Libraries } from '../libraries.ts'
import type { QuestionSets } from '../questions.ts'
import { SAMPLE_LIBRARY } from '../sample.ts'

export interface BenchmarkOptions {
  /** Folder for the passages of libraries that are made of a set. */
  dir: string
  sampleDir: string
  questions: QuestionSets
  libraries: Libraries
}

const SAMPLE_SET = 'Questions about the sample library'

/** Texts of the passages that questions name, from a corpus; the questions then bring their evidence with them. */
async function withEvidence(file: QuestionFile, corpus: string): Promise<QuestionFile> {
  const wanted = new Set(file.questions.flatMap(({ goldPassageIds }) => goldPassageIds))
  const texts = new Map<string, EvidenceText>()
  for await (const { id, title, text } of loadCorpus(corpus)) if (wanted.has(id)) texts.set(id, { title, text })
  if (wanted.size > 0 && texts.size === 0) {
    throw appError(
      'INVALID_INPUT',
      'None of the passages that the questions name is in the file of passages.',
      'Check that the two files belong together.',
    )
  }
  const questions = file.questions.map((one) =>
    one.evidence.length > 0 ? one : { ...one, evidence: one.goldPassageIds.flatMap((id) => texts.get(id) ?? []) },
  )
  return { ...file, questions }
}

/** The passages of a set, each once, as a collection that a library can read. */
function collection(passages: readonly EvidenceText[]): string {
  const lines = new Set(
    passages.filter(({ text }) => text !== '').map(({ title, text }) => JSON.stringify({ title, text })),
  )
  return [...lines].map((line) => `${line}\n`).join('')
}

async function writeBeside(path: string, text: string): Promise<void> {
  const beside = `${path}.partial`
  try {
    await writeFile(beside, text)
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw new AppError(toErrorValue(error))
  }
}

/**
 * Adds a benchmark: its questions become a question set, its passages a library to look for the answers in.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT, NO_QUESTIONS, NOT_FOUND, DISK_FULL
 */
export async function addBenchmark(options: BenchmarkOptions, input: BenchmarkInput): Promise<Benchmark> {
  const { questions, libraries, sampleDir, dir } = options
  if (input.kind === 'sample') {
    const file = await loadQuestionFile(join(sampleDir, 'questions.jsonl'))
    const known = await withEvidence(file, join(sampleDir, 'encyclopedia.jsonl'))
    const imported = questions.importRead(known, { name: SAMPLE_SET, libraryId: SAMPLE_LIBRARY })
    const { id, name } = libraries.get(SAMPLE_LIBRARY)
    return { import: imported, library: { id, name }, jobId: null }
  }
  const path = resolve(input.path)
  const corpus = input.passages === undefined ? null : resolve(input.passages)
  const read = await loadQuestionFile(path)
  const file = corpus === null ? read : await withEvidence(read, corpus)
  const name = input.name ?? basename(path, extname(path))
  if (input.libraryId !== undefined) {
    const library = libraries.get(input.libraryId)
    const imported = questions.importRead(file, { name, libraryId: library.id })
    return { import: imported, library: { id: library.id, name: library.name }, jobId: null }
  }
  const passages = corpus === null ? collection(file.questions.flatMap((one) => one.passages)) : ''
  if (corpus === null && passages === '')
    return { import: questions.importRead(file, { name }), library: null, jobId: null }
  const imported = questions.importRead(file, { name })
  const known = libraries.list().find(({ id }) => id === imported.set.libraryId)
  if (known) return { import: imported, library: { id: known.id, name: known.name }, jobId: null }
  let source = corpus
  if (source === null) {
    await mkdir(dir, { recursive: true })
    source = join(dir, `${createHash('sha256').update(passages).digest('hex').slice(0, 16)}.jsonl`)
    await writeBeside(source, passages)
  }
  const library = libraries.create(name)
  const { jobId } = await libraries.addSources(library.id, [source], {})
  questions.update(imported.set.id, { libraryId: library.id })
  const set = { ...imported.set, libraryId: library.id }
  return { import: { ...imported, set }, library: { id: library.id, name: library.name }, jobId }
}
