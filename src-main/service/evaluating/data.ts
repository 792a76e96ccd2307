import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Retriever } from '../../agent/index.ts'
import {
  appError,
  defaultLimits,
  type EvidenceText,
  type Limits,
  type Passage,
  type QuestionProblem,
  type Settings,
  type Split,
  splitOf,
} from '../../contract/index.ts'
import {
  judgedQuestions,
  loadCorpus,
  loadQrels,
  loadQueries,
  loadQuestions,
  type Question,
} from '../../evaluation/index.ts'
import { createModelRegistry, type ModelRegistry } from '../../models/index.ts'
import { openPassageIndex, type PassageIndex } from '../../retrieval/index.ts'
import {
  defaultSettings,
  libraryStore,
  modelStore,
  openStore,
  questionStore,
  type Store,
  settingsStore,
} from '../../store/index.ts'
import { createEngine } from '../engine.ts'
import { createIndexes } from '../indexes.ts'
import { openRemotes, type Remotes } from '../remotes.ts'
import { chatLimits } from '../runs/facts.ts'

/** What is evaluated on. */
export type EvaluationData =
  /** The sample library and its questions. */
  | { kind: 'sample' }
  /** A corpus file and a file of questions. */
  | { kind: 'questions'; corpus: string; questions: string }
  /** A BEIR set. */
  | { kind: 'beir'; corpus: string; queries: string; qrels: string }
  /** A library of a data folder, and questions: a file, or one of the folder's question sets. */
  | { kind: 'library'; dataDir: string; library: string; questions: string }

/** What to take of the questions. */
export interface Choice {
  split?: Split
  /** Only the first so many. */
  limit?: number
}

/** Questions and where their answers are looked for, ready to be searched. */
export interface OpenedData {
  /** Of what is searched. */
  name: string
  questions: Question[]
  /** What was left out of a file of questions, and why. */
  problems: readonly QuestionProblem[]
  index: Retriever
  passages: number
  /** Whether the gold passages are those of the index, so that its rankings can be judged. */
  judged: boolean
  /** The texts that answer a question; empty where nobody said. */
  gold(question: Question): EvidenceText[]
  registry: ModelRegistry
  /** Models on servers, of the data folder. */
  remotes: Remotes
  settings: Settings
  limits: Limits
  close(): Promise<void>
}

export interface OpenOptions extends Choice {
  resourcesDir: string
  data: EvaluationData
  /** The data folder of which models on servers may be asked; a library's own is used in any case. Null: none. */
  remotesFrom?: string | null
  signal?: AbortSignal
  onProgress?: (progress: { what: string; done: number; total: number | null }) => void
}

/** Passages that enter the index in one write. */
const BATCH = 2000
const ALL = 1_000_000_000

/** @throws {AppError} INVALID_INPUT when nothing is left */
function choose(all: readonly Question[], problems: readonly QuestionProblem[], { split, limit }: Choice): Question[] {
  const chosen = split === undefined ? all : all.filter(({ question }) => splitOf(question) === split)
  if (chosen.length > 0) return chosen.slice(0, limit ?? chosen.length)
  throw all.length === 0
    ? appError(
        'INVALID_INPUT',
        'The file holds no question that can be used.',
        'Give a file of questions with answers: JSON lines, JSON, CSV or Parquet.',
        {
          detail: problems
            .slice(0, 20)
            .map(({ where, what }) => `${where}: ${what}`)
            .join('\n'),
        },
      )
    : appError('INVALID_INPUT', `None of the questions belongs to the ${split} split.`, 'Give more questions.')
}

/** Every line of a corpus becomes one passage, as it is. Texts of the passages in `wanted` are kept. */
async function indexCorpus(
  path: string,
  index: PassageIndex,
  wanted: ReadonlySet<string>,
  { signal, onProgress }: OpenOptions,
): Promise<{ ids: Set<string>; texts: Map<string, EvidenceText> }> {
  let batch: { fileId: string; passages: Passage[] }[] = []
  const ids = new Set<string>()
  const texts = new Map<string, EvidenceText>()
  const write = async (): Promise<void> => {
    if (batch.length > 0) await index.replace(batch, signal)
    batch = []
    onProgress?.({ what: 'Indexing passages', done: ids.size, total: null })
  }
  for await (const { id, title, text } of loadCorpus(path)) {
    signal?.throwIfAborted()
    const passage: Passage = {
      id,
      libraryId: 'evaluation',
      fileId: id,
      title,
      headings: [],
      path,
      page: null,
      start: 0,
      end: text.length,
      text,
    }
    batch.push({ fileId: id, passages: [passage] })
    ids.add(id)
    if (wanted.has(id)) texts.set(id, { title, text })
    if (batch.length === BATCH) await write()
  }
  await write()
  await index.finish()
  if (ids.size === 0) {
    throw appError('INVALID_INPUT', `There are no passages in ${path}.`, 'Give a file with one passage a line.')
  }
  return { ids, texts }
}

const goldIds = ({ gold }: Question): string[] => [...gold].flatMap(([id, grade]) => (grade > 0 ? [id] : []))

/** Figures of a search that cannot find anything are no figures. */
function checkGold(questions: readonly Question[], passages: ReadonlySet<string>): void {
  const gold = questions.flatMap(goldIds)
  if (gold.length > 0 && !gold.some((id) => passages.has(id))) {
    throw appError(
      'INVALID_INPUT',
      'None of the passages that the questions name is in the corpus.',
      'Check that corpus and questions belong together.',
      { detail: `the first one is ${gold[0]}` },
    )
  }
}

/** Files are indexed in a folder of their own, which is removed at the end. */
async function openFiles(
  data: Exclude<EvaluationData, { kind: 'library' }>,
  options: OpenOptions,
): Promise<OpenedData> {
  const sample = join(options.resourcesDir, 'sample-library')
  const { questions: all, problems } =
    data.kind === 'beir'
      ? { questions: judgedQuestions(await loadQueries(data.queries), await loadQrels(data.qrels)), problems: [] }
      : await loadQuestions(data.kind === 'sample' ? join(sample, 'questions.jsonl') : data.questions)
  const questions = choose(all, problems, options)
  const workDir = await mkdtemp(join(tmpdir(), 'lagotto-evaluation-'))
  let index: PassageIndex | null = null
  let store: Store | null = null
  let remoteStore: Store | null = null
  const close = async (): Promise<void> => {
    await index?.close()
    store?.close()
    remoteStore?.close()
    await rm(workDir, { recursive: true, force: true })
  }
  try {
    index = await openPassageIndex({ dir: join(workDir, 'index') })
    const corpus = data.kind === 'sample' ? join(sample, 'encyclopedia.jsonl') : data.corpus
    const { ids, texts } = await indexCorpus(corpus, index, new Set(questions.flatMap(goldIds)), options)
    checkGold(questions, ids)
    store = openStore(join(workDir, 'data'))
    const { remotesFrom = null } = options
    if (remotesFrom !== null) remoteStore = openStore(remotesFrom)
    return {
      name: data.kind === 'sample' ? 'Sample library' : basename(corpus),
      questions,
      problems,
      index,
      passages: ids.size,
      judged: true,
      gold(question) {
        const found = goldIds(question).flatMap((id) => texts.get(id) ?? [])
        return found.length > 0 ? found : [...(question.evidence ?? [])]
      },
      registry: createModelRegistry(join(options.resourcesDir, 'models'), modelStore(store)),
      remotes: openRemotes(remoteStore ?? store, remotesFrom ?? join(workDir, 'data')),
      settings: defaultSettings,
      limits: defaultLimits,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A library is searched where it is, as chat searches it; nothing is written to it. */
async function openLibrary(
  data: Extract<EvaluationData, { kind: 'library' }>,
  options: OpenOptions,
): Promise<OpenedData> {
  const store = openStore(data.dataDir)
  const settings = settingsStore(store).get()
  const registry = createModelRegistry(join(options.resourcesDir, 'models'), modelStore(store))
  const remotes = openRemotes(store, data.dataDir)
  const engine = createEngine(registry, () => settings, console.error, remotes.open)
  const libraries = libraryStore(store)
  const indexes = createIndexes(data.dataDir, libraries, engine)
  const close = async (): Promise<void> => {
    await indexes.closeAll()
    await engine.close()
    store.close()
  }
  try {
    const wanted = data.library.trim().toLowerCase()
    const library = libraries.list().find(({ id, name }) => id === data.library || name.toLowerCase() === wanted)
    if (!library) {
      const names = libraries.list().map(({ name }) => `"${name}"`)
      throw appError('NOT_FOUND', `There is no library "${data.library}".`, `Choose one of these: ${names.join(', ')}.`)
    }
    const { passages } = libraries.counts(library.id)
    if (passages === 0) {
      throw appError('EMPTY_LIBRARY', `“${library.name}” holds no readable documents yet.`, 'Add a folder to it.')
    }
    const sets = questionStore(store)
    const set = existsSync(data.questions) ? null : sets.byName(data.questions)
    const { questions: all, problems } = set
      ? {
          questions: sets
            .questions(set.id, { offset: 0, limit: ALL })
            .questions.map(
              ({ id, question, answers, evidence }): Question => ({ id, question, answers, gold: new Map(), evidence }),
            ),
          problems: [],
        }
      : await loadQuestions(data.questions)
    return {
      name: library.name,
      questions: choose(all, problems, options),
      problems,
      index: await indexes.answering(library),
      passages,
      judged: false,
      gold: ({ evidence }) => [...(evidence ?? [])],
      registry,
      remotes,
      settings,
      limits: chatLimits(settings),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Makes questions and passages ready. Close it when done.
 *
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE, INVALID_INPUT for files that are not what they should be; NOT_FOUND,
 *   EMPTY_LIBRARY, DATA_DIR_IN_USE for a library
 */
export function openData(options: OpenOptions): Promise<OpenedData> {
  return options.data.kind === 'library' ? openLibrary(options.data, options) : openFiles(options.data, options)
}
