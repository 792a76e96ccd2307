import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Episode, playEpisode } from '../agent/index.ts'
import { AppError, appError, defaultLimits, greedy, type Passage } from '../contract/index.ts'
import {
  type AgentMetrics,
  type AgentRow,
  type EpisodeSummary,
  evaluateAgent,
  evaluateRetrieval,
  judgedQuestions,
  loadCorpus,
  loadQrels,
  loadQueries,
  loadQuestions,
  type Question,
  type RetrievalMetrics,
} from '../evaluation/index.ts'
import { createModelRegistry, inspectModel } from '../models/index.ts'
import { openPassageIndex, type PassageIndex } from '../retrieval/index.ts'
import { defaultSettings, modelStore, openStore } from '../store/index.ts'
import { createEngine } from './engine.ts'

/** What to evaluate, and on what. */
export interface EvaluateOptions {
  /** Absolute path of the folder with the bundled models and the sample library. */
  resourcesDir: string
  /** The sample library and its questions; or files of the same form, or a BEIR set. */
  data:
    | { kind: 'sample' }
    | { kind: 'questions'; corpus: string; questions: string }
    | { kind: 'beir'; corpus: string; queries: string; qrels: string }
  /** Plays episodes with the model in this file; absent: the bundled one. */
  model?: string
  /** Measures retrieval only: no model is loaded. */
  retrievalOnly: boolean
  /** Only the first so many questions. */
  limit?: number
  signal?: AbortSignal
  onProgress?: (progress: { what: string; done: number; total: number | null }) => void
}

export interface Evaluation {
  passages: number
  /** Questions that were asked. */
  questions: number
  /** Those of them that name their passages: what the retrieval figures count. */
  judged: number
  retrieval: RetrievalMetrics
  searchMs: { p50: number; p95: number }
  /** Null with `retrievalOnly`. */
  agent: { model: string; metrics: AgentMetrics; rows: AgentRow[]; tokensPerSecond: number } | null
  seconds: number
}

/** Passages that enter the index in one write. */
const BATCH = 2000

async function questionsOf({ data, limit, resourcesDir }: EvaluateOptions): Promise<Question[]> {
  const sample = join(resourcesDir, 'sample-library', 'questions.jsonl')
  const all =
    data.kind === 'beir'
      ? judgedQuestions(await loadQueries(data.queries), await loadQrels(data.qrels))
      : await loadQuestions(data.kind === 'sample' ? sample : data.questions)
  if (all.length === 0) {
    throw appError('INVALID_INPUT', 'The file holds no questions.', 'Give a file with one question a line.')
  }
  return limit === undefined ? all : all.slice(0, limit)
}

/**
 * Every line of a corpus becomes one passage, as it is.
 *
 * @returns the ids of the passages
 */
async function indexCorpus(path: string, index: PassageIndex, options: EvaluateOptions): Promise<Set<string>> {
  let batch: { fileId: string; passages: Passage[] }[] = []
  const ids = new Set<string>()
  const write = async (): Promise<void> => {
    if (batch.length > 0) await index.replace(batch, options.signal)
    batch = []
    options.onProgress?.({ what: 'Indexing passages', done: ids.size, total: null })
  }
  for await (const { id, title, text } of loadCorpus(path)) {
    options.signal?.throwIfAborted()
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
    if (batch.length === BATCH) await write()
  }
  await write()
  await index.finish()
  if (ids.size === 0) {
    throw appError('INVALID_INPUT', `There are no passages in ${path}.`, 'Give a file with one passage a line.')
  }
  return ids
}

/** Figures of a search that cannot find anything are no figures. */
function checkGold(questions: readonly Question[], passages: ReadonlySet<string>, retrievalOnly: boolean): void {
  const gold = questions.flatMap(({ gold }) => [...gold].flatMap(([id, grade]) => (grade > 0 ? [id] : [])))
  if (gold.length === 0 && retrievalOnly) {
    throw appError(
      'INVALID_INPUT',
      'No question names a passage that answers it, so there is nothing to measure a search by.',
      'Add gold_passage_ids to the questions, or measure answers: leave --retrieval-only out.',
    )
  }
  if (gold.length > 0 && !gold.some((id) => passages.has(id))) {
    throw appError(
      'INVALID_INPUT',
      'None of the passages that the questions name is in the corpus.',
      'Check that corpus and questions belong together.',
      { detail: `the first one is ${gold[0]}` },
    )
  }
}

function summarize({ answer, searches, turns, validTurns, usage }: Episode): EpisodeSummary {
  return {
    answer,
    searches: searches.length,
    queries: searches.map(({ query }) => query),
    turns,
    validTurns,
    retrieved: searches.map(({ hits, shown }) => hits.slice(0, shown).map(({ title, text }) => `${title} ${text}`)),
    generatedTokens: usage.generated,
  }
}

/** Plays one greedy episode per question, exactly as chat does. */
async function playAll(
  options: EvaluateOptions,
  workDir: string,
  index: PassageIndex,
  questions: Question[],
): Promise<Evaluation['agent']> {
  const store = openStore(workDir)
  const registry = createModelRegistry(join(options.resourcesDir, 'models'), modelStore(store))
  const engine = createEngine(registry, () => defaultSettings, console.error)
  try {
    const model = options.model ? await registry.atPath(options.model) : await registry.firstUsable('chat')
    if (!model) throw appError('MODEL_MISSING', 'No chat model is installed.', 'Name a GGUF file with --model.')
    if (model.error) throw new AppError(model.error)
    if (model.role !== 'chat') {
      throw appError('INVALID_INPUT', `${model.name} is not a chat model.`, 'Name a chat model with --model.')
    }
    const lease = await engine.chat(model, null, options.signal)
    const usage = { tokens: 0, ms: 0 }
    try {
      const { metrics, rows } = await evaluateAgent({
        questions,
        async play({ question }, signal) {
          const episode = await playEpisode({
            question,
            generator: lease.model,
            retriever: index,
            limits: defaultLimits,
            sampling: greedy,
            signal,
          })
          usage.tokens += episode.usage.generated
          usage.ms += episode.usage.decodeMs
          return summarize(episode)
        },
        onProgress: (progress) => options.onProgress?.({ what: 'Answering questions', ...progress }),
        ...(options.signal ? { signal: options.signal } : {}),
      })
      return { model: model.name, metrics, rows, tokensPerSecond: (usage.tokens / usage.ms) * 1000 || 0 }
    } finally {
      lease.release()
    }
  } finally {
    await engine.close()
    store.close()
  }
}

/**
 * Measures retrieval, and with a model the whole agent, on a set of questions. Works in a folder of its own that is
 * removed at the end: neither libraries nor threads of the person are touched.
 *
 * @throws {AppError} PATH_MISSING, INVALID_INPUT for files that are not what they should be; what makes a model unusable
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const started = performance.now()
  const { data, resourcesDir, signal, onProgress } = options
  const questions = await questionsOf(options)
  // A file that is no model is told before the work, not after it.
  if (options.model && !options.retrievalOnly) await inspectModel(options.model)
  const workDir = await mkdtemp(join(tmpdir(), 'lagotto-evaluation-'))
  try {
    const corpus = data.kind === 'sample' ? join(resourcesDir, 'sample-library', 'encyclopedia.jsonl') : data.corpus
    const index = await openPassageIndex({ dir: join(workDir, 'index') })
    try {
      const passages = await indexCorpus(corpus, index, options)
      checkGold(questions, passages, options.retrievalOnly)
      const retrieval = await evaluateRetrieval({
        questions,
        search: (query, limit, stop) => index.search(query, limit, stop),
        onProgress: (progress) => onProgress?.({ what: 'Searching', ...progress }),
        ...(signal ? { signal } : {}),
      })
      const agent = options.retrievalOnly ? null : await playAll(options, join(workDir, 'data'), index, questions)
      return {
        passages: passages.size,
        questions: questions.length,
        judged: retrieval.questions,
        retrieval: retrieval.metrics,
        searchMs: retrieval.searchMs,
        agent,
        seconds: (performance.now() - started) / 1000,
      }
    } finally {
      await index.close()
    }
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}
