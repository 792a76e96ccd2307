import type { Generator } from '../../agent/index.ts'
import {
  AppError,
  appError,
  type QuestionProblem,
  type ResultTable,
  remoteName,
  type Scored,
  type Trace,
} from '../../contract/index.ts'
import {
  type AgentMetrics,
  type AgentRow,
  type Arcap,
  evaluateAgent,
  evaluateArcap,
  evaluateRetrieval,
  isJudged,
  type RetrievalMetrics,
  reportHtml,
  scoreTrace,
  summarizeTrace,
  tabulate,
} from '../../evaluation/index.ts'
import { loadChatModel } from '../../inference/index.ts'
import { inspectModel } from '../../models/index.ts'
import type { Engine } from '../../training/index.ts'
import { loadPlayingModel } from '../decoding.ts'
import { DEFAULT_CONTEXT } from '../engine.ts'
import { type OpenedData, type OpenOptions, openData } from './data.ts'
import { type Play, playTrace, readGiven } from './play.ts'

/** What to evaluate, and on what. */
export interface EvaluateOptions extends OpenOptions {
  /** Plays episodes with the model in this file, or on a server (`remote:NAME`); absent: the bundled one. */
  model?: string
  /** A LoRA adapter (GGUF) over the model. */
  adapter?: string
  /** Measures retrieval only: no model is loaded. */
  retrievalOnly: boolean
  /** Measures ARCap's three dimensions, too. */
  arcap: boolean
  /** Episodes that are played at once. */
  episodes: number
  /** Plays with small models itself, as in trainings, which is quicker; absent: they are played with as in chat. */
  engine?: Engine
}

export interface Measured {
  /** What was searched. */
  name: string
  passages: number
  /** Questions that were asked. */
  questions: number
  /** What was left out of the file of questions, and why. */
  problems: readonly QuestionProblem[]
  /** Those of them that name their passages: what the retrieval figures count. */
  judged: number
  /** Null: the questions do not name passages of what was searched. */
  retrieval: RetrievalMetrics | null
  searchMs: { p50: number; p95: number } | null
  /** Null with `retrievalOnly`. */
  agent: {
    model: string
    adapter: string | null
    metrics: AgentMetrics
    rows: AgentRow[]
    /** The same with the reason of each miss, in the same order. */
    scored: Scored[]
    /** Null unless asked for. */
    arcap: Arcap | null
    tokensPerSecond: number
  } | null
  seconds: number
}

/** A model that answers, and how to be done with it. */
interface Contestant {
  model: Play['model']
  generator: Generator
  dispose(): Promise<void>
}

async function load(options: EvaluateOptions, data: OpenedData): Promise<Contestant> {
  const { registry, settings, remotes } = data
  if (options.model && remoteName(options.model) !== null) {
    const generator = remotes.open(options.model, 'Answer a question of an evaluation')
    const name = remoteName(options.model) ?? options.model
    return { model: { id: options.model, name }, generator, dispose: async () => undefined }
  }
  const model = options.model ? await registry.atPath(options.model) : await registry.firstUsable('chat')
  if (!model) throw appError('MODEL_MISSING', 'No chat model is installed.', 'Name a GGUF file with --model.')
  if (model.error) throw new AppError(model.error)
  if (model.role !== 'chat') {
    throw appError('INVALID_INPUT', `${model.name} is not a chat model.`, 'Name a chat model with --model.')
  }
  const how = {
    path: model.path,
    adapter: options.adapter ?? null,
    prompt: model.prompt ?? 'search-r1',
    contextLength: settings.contextLength ?? DEFAULT_CONTEXT,
    slots: options.episodes,
    gpu: settings.gpu,
    threads: settings.threads,
  }
  const { engine, signal } = options
  const generator = engine
    ? await loadPlayingModel(engine, how)
    : await loadChatModel({ ...how, ...(signal ? { signal } : {}) })
  return { model: { id: model.id, name: model.name }, generator, dispose: generator.dispose }
}

/** Plays one greedy episode per question, exactly as chat does. */
async function playAll(options: EvaluateOptions, data: OpenedData): Promise<Measured['agent']> {
  const { questions, index, limits, gold } = data
  if (options.arcap && !questions.some((question) => gold(question).length > 0)) {
    throw appError(
      'INVALID_INPUT',
      'No question names the passages that answer it, which ARCap needs.',
      'Add gold_passage_ids or evidence to the questions, or leave --arcap out.',
    )
  }
  const { model, generator, dispose } = await load(options, data)
  const common = { limits, generator, retriever: index, model, library: { id: 'evaluation', name: data.name } }
  const traces = new Map<string, Trace>()
  const shared = { questions, concurrency: options.episodes, ...(options.signal ? { signal: options.signal } : {}) }
  const progress = (what: string) => (now: { done: number; total: number }) => options.onProgress?.({ what, ...now })
  try {
    const started = performance.now()
    const { metrics, rows } = await evaluateAgent({
      ...shared,
      play: async ({ id, question }, signal) => {
        const trace = await playTrace(question, { ...common, signal })
        traces.set(id, trace)
        return summarizeTrace(trace)
      },
      onProgress: progress('Answering questions'),
    })
    const seconds = (performance.now() - started) / 1000
    const tokens = rows.reduce((sum, { episode }) => sum + episode.generatedTokens, 0)
    const arcap = options.arcap
      ? await evaluateArcap({
          ...shared,
          passages: gold,
          episodes: rows,
          read: ({ question }, passages, think, signal) => readGiven(question, passages, think, { ...common, signal }),
          onProgress: progress('Answering from given passages'),
        })
      : null
    const given = new Map(arcap?.rows.map((row) => [row.id, row]))
    const scored = rows.flatMap(({ id, answers }) => {
      const [trace, read] = [traces.get(id), given.get(id)]
      const both = read ? { atOnce: read.withoutThink.em, thinking: read.withThink.em, hops: read.hops } : null
      return trace ? [scoreTrace(answers, trace, both)] : []
    })
    const adapter = options.adapter ?? null
    return { model: model.name, adapter, metrics, rows, scored, arcap, tokensPerSecond: tokens / seconds || 0 }
  } finally {
    await dispose()
  }
}

/**
 * Measures retrieval, and with a model the whole agent, on a set of questions. Files are indexed in a folder of their own
 * that is removed at the end; a library is read where it is and not changed.
 *
 * @throws {AppError} what `openData` throws; what makes a model or an adapter unusable
 */
export async function evaluate(options: EvaluateOptions): Promise<Measured> {
  const started = performance.now()
  const { signal, onProgress } = options
  // A file that is no model is told before the work, not after it.
  const distant = options.model !== undefined && remoteName(options.model) !== null
  if (distant && options.adapter)
    throw appError('ADAPTER_MISMATCH', 'No adapter can be put over a model on a server.', 'Leave the adapter out.')
  if (options.model && !distant && !options.retrievalOnly) await inspectModel(options.model)
  const data = await openData(options)
  try {
    const judged = data.judged && data.questions.some(({ gold }) => isJudged(gold))
    if (options.retrievalOnly && !judged) {
      throw appError(
        'INVALID_INPUT',
        'No question names a passage that answers it, so there is nothing to measure a search by.',
        'Add gold_passage_ids to the questions, or measure answers: leave --retrieval-only out.',
      )
    }
    const retrieval = judged
      ? await evaluateRetrieval({
          questions: data.questions,
          search: (query, limit, stop) => data.index.search(query, limit, stop),
          onProgress: (progress) => onProgress?.({ what: 'Searching', ...progress }),
          ...(signal ? { signal } : {}),
        })
      : null
    const agent = options.retrievalOnly ? null : await playAll(options, data)
    return {
      name: data.name,
      passages: data.passages,
      questions: data.questions.length,
      problems: data.problems,
      judged: retrieval?.questions ?? 0,
      retrieval: retrieval?.metrics ?? null,
      searchMs: retrieval?.searchMs ?? null,
      agent,
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    await data.close()
  }
}

/** The same report that evaluations in the app have, with one method and one set. */
export function measuredReport({ name, agent, questions }: Measured, format: 'html' | 'json'): string {
  const { model, adapter, rows, scored } = agent ?? { model: '', adapter: null, rows: [], scored: [] }
  const label = adapter === null ? model : `${model} + ${adapter}`
  const table: ResultTable = tabulate(
    {
      methods: [label],
      sets: [{ name, questions }],
      results: scored.map((one) => ({ set: 0, scored: [one] })),
    },
    0,
  )
  const content = {
    evaluation: {
      name: `${label} on ${name}`,
      createdAt: Date.now(),
      methods: [{ label, model, adapter, error: null }],
      sets: [{ setId: name, name, library: { id: name, name }, split: null, questions }],
    },
    table,
    rows: rows.map(({ question, answers }, position) => ({
      position,
      set: 0,
      question,
      answers: [...answers],
      results: [scored[position] ?? null],
      vote: null,
    })),
  }
  return format === 'json' ? `${JSON.stringify(content, null, 2)}\n` : reportHtml(content)
}
