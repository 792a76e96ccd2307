import {
  appError,
  type ErrorValue,
  emptyTrace,
  exactMatch,
  type Progress,
  type Scored,
  type Trace,
  toErrorValue,
} from '../../contract/index.ts'
import { mapAtOnce, scoreTrace } from '../../evaluation/index.ts'
import type { EvaluationRow, EvaluationStore, LibraryStore, ResultKeys, StoredQuestion } from '../../store/index.ts'
import { CHAT_SLOTS, type Engine } from '../engine.ts'
import type { JobContext, JobResult, JobRunner } from '../jobs.ts'
import type { Libraries } from '../libraries.ts'
import { type ChatParts, chatLimits } from '../runs/facts.ts'
import { episodeKey, libraryFingerprint, type ReadyMethod, readingKey, readyMethod } from './keys.ts'
import { type Play, playTrace, readGiven } from './play.ts'

export interface SittingParts extends ChatParts {
  store: EvaluationStore
  libraryStore: Pick<LibraryStore, 'contents' | 'contentsMark'>
  libraries: Libraries
  jobs: JobRunner
  engine: Engine
}

/** So many questions in a row that fail for a method, and it is given up. */
const PATIENCE = 3
/** Progress is told this often, ms. */
const TELL_MS = 300

/** A question that a method has yet to answer. */
interface Open {
  method: number
  question: StoredQuestion
  keys: ResultKeys
}

/** What is known before anything is played: who can play, and under which keys. */
interface Prepared {
  ready: (ReadyMethod | { error: ErrorValue })[]
  open: Open[]
}

/** The keys of everything that one result needs. */
export function keysOf(
  method: ReadyMethod,
  library: string,
  { question, evidence }: Pick<StoredQuestion, 'question' | 'evidence'>,
  arcap: boolean,
): ResultKeys {
  const given = arcap && evidence.length > 0
  return {
    episode: episodeKey(method, library, question),
    atOnce: given ? readingKey(method, question, evidence, false) : null,
    thinking: given ? readingKey(method, question, evidence, true) : null,
  }
}

/** Whether everything that a result needs was played before. */
export const isKnown = (store: EvaluationStore, { episode, atOnce, thinking }: ResultKeys): boolean =>
  [episode, atOnce, thinking].every((key) => key === null || store.hasEpisode(key))

/** Scores what lies under the keys. */
function scoreKept(store: EvaluationStore, { answers, evidence }: StoredQuestion, keys: ResultKeys): Scored {
  const trace = store.episode(keys.episode) as Trace
  const given = (key: string) => exactMatch((store.episode(key) as { answer: string | null }).answer, answers)
  return scoreTrace(
    answers,
    trace,
    keys.atOnce && keys.thinking
      ? { atOnce: given(keys.atOnce), thinking: given(keys.thinking), hops: evidence.length > 1 ? 'multi' : 'single' }
      : null,
  )
}

/** Waits until nothing is being read into a library any more. */
async function whenRead({ libraries, jobs }: SittingParts, id: string, { signal, emit }: JobContext): Promise<void> {
  for (let { jobId, name } = libraries.get(id); jobId !== null; { jobId, name } = libraries.get(id)) {
    emit({
      type: 'progress',
      progress: {
        what: `Waiting for ${name} to be read`,
        done: 0,
        total: 0,
        unit: 'answers',
        rate: null,
        leftMs: null,
      },
    })
    for await (const _ of jobs.follow(jobId, 0, signal)) signal.throwIfAborted()
    signal.throwIfAborted()
  }
}

/** Finds out who can play, takes over what was played before, and keeps as open what has to be played. */
async function prepare(parts: SittingParts, evaluation: EvaluationRow, context: JobContext): Promise<Prepared> {
  const { store, libraryStore } = parts
  const limits = chatLimits(parts.settings())
  const questions = store.questions(evaluation.id)
  const libraries = new Map<string, string>()
  for (const id of new Set(evaluation.sets.map(({ library }) => library.id))) {
    await whenRead(parts, id, context)
    libraries.set(id, await libraryFingerprint(parts, libraryStore, id))
  }
  const ready: Prepared['ready'] = []
  const open: Open[] = []
  for (const [at, method] of evaluation.methods.entries()) {
    const one = await readyMethod(parts, method, limits).catch((error: unknown) => ({ error: toErrorValue(error) }))
    ready.push(one)
    if ('error' in one) continue
    const kept = store.keys(evaluation.id, at)
    for (const question of questions) {
      const library = libraries.get(evaluation.sets[question.set]?.library.id ?? '') ?? ''
      const keys = keysOf(one, library, question, evaluation.arcap)
      const old = kept.get(question.position)
      const same = old && !old.failed && old.episode === keys.episode && old.atOnce === keys.atOnce
      if (same) continue
      context.signal.throwIfAborted()
      if (isKnown(store, keys)) {
        store.keepResult(evaluation.id, at, question.position, keys, scoreKept(store, question, keys))
      } else {
        if (old) store.dropResult(evaluation.id, at, question.position)
        open.push({ method: at, question, keys })
      }
    }
    await new Promise(setImmediate)
  }
  return { ready, open }
}

/** Tells how far an evaluation is. A question costs each model as much time as it has weights. */
function createMeter(
  { emit }: JobContext,
  { done: before, total }: { done: number; total: number },
  open: readonly Open[],
  ready: Prepared['ready'],
): { tell(what: string): void; answered(method: number): void } {
  const costs = ready.map((one) => ('error' in one ? 0 : Math.max(1, one.model.parameters)))
  let work = open.reduce((sum, { method }) => sum + (costs[method] ?? 0), 0)
  let [played, spent, told] = [0, 0, 0]
  const began = performance.now()
  const tell = (what: string): void => {
    const elapsed = performance.now() - began
    told = performance.now()
    const progress: Progress = {
      what,
      done: before + played,
      total,
      unit: 'answers',
      rate: played === 0 ? null : (1000 * played) / elapsed,
      leftMs: spent === 0 ? null : Math.round((elapsed * work) / spent),
    }
    emit({ type: 'progress', progress })
  }
  return {
    tell,
    answered(method) {
      const cost = costs[method] ?? 0
      work -= cost
      spent += cost
      played += 1
      if (played === open.length || performance.now() - told > TELL_MS) tell('Answering')
    },
  }
}

const failedTrace = (question: string, error: ErrorValue): Trace => ({
  ...emptyTrace(question),
  outcome: 'failed',
  error,
})

/**
 * Answers what an evaluation still lacks: methods with the same weights after each other, each question with its model
 * leased anew, so that a person who asks something in between waits for one question only. A method that cannot play is
 * passed over; its error is kept.
 *
 * @throws {AppError} LIBRARY_BUSY when a library changed meanwhile; the signal's reason
 */
export async function playEvaluation(
  parts: SittingParts,
  id: string,
  context: JobContext,
  changed: () => void,
): Promise<JobResult | undefined> {
  const { store, engine, libraries, libraryStore } = parts
  const evaluation = store.get(id) as EvaluationRow
  const { ready, open } = await prepare(parts, evaluation, context)
  const methods = evaluation.methods.map((method, at) => {
    const one = ready[at]
    return { ...method, error: one && 'error' in one ? one.error : null }
  })
  const keepMethods = (): void => {
    store.setMethods(id, methods)
    changed()
  }
  keepMethods()
  const { done, questions } = store.counts(id)
  const meter = createMeter(context, { done, total: evaluation.methods.length * questions }, open, ready)
  meter.tell(open.length === 0 ? 'Everything was known' : 'Loading the first model')

  const marks = new Map(evaluation.sets.map(({ library }) => [library.id, libraryStore.contentsMark(library.id)]))
  const limits = chatLimits(parts.settings())

  async function answer({ method, question, keys }: Open, one: ReadyMethod, signal: AbortSignal): Promise<void> {
    const library = evaluation.sets[question.set]?.library ?? { id: '', name: '' }
    const lease = await engine.chat(one.model, one.adapter, signal)
    try {
      const play: Play = {
        generator: lease.model,
        retriever: { search: (query, limit, stop) => libraries.search(library.id, query, limit, stop) },
        limits,
        library,
        model: { id: one.model.id, name: one.model.name },
        signal,
      }
      if (!store.hasEpisode(keys.episode)) {
        const trace = await playTrace(question.question, play)
        if (libraryStore.contentsMark(library.id) !== marks.get(library.id)) {
          throw appError(
            'LIBRARY_BUSY',
            `“${library.name}” changed while questions were asked in it.`,
            'Go on when it has been read: what the change could have touched is asked again.',
          )
        }
        store.keepEpisode(keys.episode, trace)
      }
      for (const [key, think] of [
        [keys.atOnce, false],
        [keys.thinking, true],
      ] as const) {
        if (key === null || store.hasEpisode(key)) continue
        store.keepEpisode(key, { answer: await readGiven(question.question, question.evidence, think, play) })
      }
    } finally {
      lease.release()
    }
    store.keepResult(id, method, question.position, keys, scoreKept(store, question, keys))
  }

  /** @returns why the method was given up; null: it went to its end */
  async function playMethod(at: number, one: ReadyMethod): Promise<ErrorValue | null> {
    let failures = 0
    let given: ErrorValue | null = null
    const mine = open.filter(({ method }) => method === at)
    meter.tell(`${methods[at]?.label} is answering`)
    await mapAtOnce(
      mine,
      CHAT_SLOTS,
      async (item, _, signal) => {
        if (given) return
        try {
          await answer(item, one, signal)
          failures = 0
        } catch (error) {
          signal.throwIfAborted()
          const value = toErrorValue(error)
          if (value.code === 'LIBRARY_BUSY') throw error
          failures += 1
          if (failures >= Math.min(PATIENCE, mine.length) || /^(MODEL|ADAPTER)_/.test(value.code)) {
            given = value
            return
          }
          const episode = `failed ${id} ${at} ${item.question.position}`
          store.keepEpisode(episode, failedTrace(item.question.question, value))
          const keys = { episode, atOnce: null, thinking: null }
          store.keepResult(id, at, item.question.position, keys, scoreKept(store, item.question, keys))
        }
        meter.answered(at)
        changed()
      },
      context.signal,
    )
    return given
  }

  const weights = evaluation.methods.map(({ model }) => model)
  const order = [...weights.keys()].sort(
    (a, b) => weights.indexOf(weights[a] ?? '') - weights.indexOf(weights[b] ?? '') || a - b,
  )
  for (const at of order) {
    const [one, method] = [ready[at], methods[at]]
    if (!one || !method || 'error' in one || !open.some((item) => item.method === at)) continue
    method.error = await playMethod(at, one)
    if (method.error) keepMethods()
  }
  store.forgetEpisodes()
  const problems = methods.flatMap(({ error }) => error ?? [])
  if (problems.length === methods.length && problems[0]) return { state: 'failed', error: problems[0] }
  return undefined
}
