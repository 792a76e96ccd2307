import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { playEpisode } from '../../agent/index.ts'
import {
  appError,
  type Baseline,
  exactMatch,
  greedy,
  hashText,
  type Model,
  type PromptKind,
  type RunInput,
  remoteName,
} from '../../contract/index.ts'
import { mapAtOnce } from '../../evaluation/index.ts'
import { modelFingerprint } from '../../models/index.ts'
import type { BaselineStore } from '../../store/index.ts'
import { CHAT_SLOTS, type Engine } from '../engine.ts'
import { chatLimits, chatModel, retrieverFingerprint } from './facts.ts'
import type { PreparationParts } from './preparation.ts'
import { readQuestions } from './questions.ts'

export interface BaselineParts extends PreparationParts {
  engine: Engine
  baselines: BaselineStore
}

type Asked = readonly { id: string; question: string; answers: readonly string[] }[]

/** Validation questions that are asked: enough to tell nothing from something, few enough to wait for. */
const ASKED = 12

interface Player {
  model: Model & { prompt: PromptKind }
  adapter: string | null
}

/** Names everything that decides how a model answers. */
async function keyOf(
  { model, adapter }: Player,
  libraryId: string,
  asked: Asked,
  parts: BaselineParts,
): Promise<string> {
  const info = adapter === null ? null : await stat(adapter)
  const { passages, files } = parts.libraries.get(libraryId)
  const facts = [
    await modelFingerprint(model.path),
    model.prompt,
    info && [adapter, info.size, info.mtimeMs],
    [libraryId, passages, files, await retrieverFingerprint(parts, libraryId)],
    chatLimits(parts.settings()),
    asked.map(({ question, answers }) => [question, answers]),
  ]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

/** What there is to say about what both can do before. */
function cautionsOf(student: number, teacher: number | null, n: number): string[] {
  if (teacher === null) return []
  if (teacher < student) {
    return [
      `The teacher knows less than the student: it answered ${teacher} of ${n} questions, the student ${student}. Imitating it would make the student worse. Choose another teacher, or swap the two.`,
    ]
  }
  if (teacher === 0) {
    return [
      `The teacher answered none of ${n} questions, so there is little to learn from it. Choose another teacher, or check that the answers are in the library.`,
    ]
  }
  if (teacher === student) {
    return [
      `The teacher answered no more of these ${n} questions than the student, so there may be little to learn from it.`,
    ]
  }
  return []
}

/**
 * Measures what student and teacher can do before a training, on a few of its validation questions. Results are kept: the
 * same models on the same library with the same questions are not asked twice. Ending the stream ends the work.
 *
 * @throws {AppError} NO_QUESTIONS without validation questions; INVALID_INPUT, MODEL_*, PATH_*; EMPTY_LIBRARY
 */
export async function* measureBaseline(
  input: RunInput,
  parts: BaselineParts,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<Baseline> {
  const { libraries, registry, baselines } = parts
  const library = libraries.get(input.libraryId)
  const { splits } = await readQuestions(input, parts.questions)
  const asked = splits.validation.toSorted((a, b) => hashText(a.question) - hashText(b.question)).slice(0, ASKED)
  if (asked.length === 0) {
    throw appError('NO_QUESTIONS', 'There is no question to measure with.', 'Choose a set with more questions.')
  }
  const players: { who: 'student' | 'teacher'; player: Player }[] = [
    {
      who: 'student',
      player: {
        model: await chatModel(registry, resolve(input.student)),
        adapter: input.adapter ? resolve(input.adapter) : null,
      },
    },
  ]
  const onServer = input.teacher !== undefined && remoteName(input.teacher) !== null
  if (input.teacher && !onServer) {
    players.push({
      who: 'teacher',
      player: { model: await chatModel(registry, resolve(input.teacher)), adapter: null },
    })
  }
  const right: { student: number; teacher: number | null } = { student: 0, teacher: null }
  for (const { who, player } of players) {
    const key = await keyOf(player, library.id, asked, parts)
    const known = baselines.get(key)
    if (known !== null) {
      right[who] = known
      continue
    }
    let correct = 0
    for await (const progress of answers(player, library.id, asked, parts, signal)) {
      correct = progress.correct
      yield { type: 'progress', who, done: progress.done, total: asked.length }
    }
    signal.throwIfAborted()
    baselines.set(key, correct)
    right[who] = correct
  }
  yield {
    type: 'result',
    questions: asked.length,
    ...right,
    cautions: onServer
      ? ['The teacher is on a server and is not asked before the training.']
      : cautionsOf(right.student, right.teacher, asked.length),
  }
}

/** How many of the questions a model answers right, told after every few. */
async function* answers(
  { model, adapter }: Player,
  libraryId: string,
  asked: Asked,
  { engine, libraries, settings }: BaselineParts,
  signal: AbortSignal,
): AsyncGenerator<{ done: number; correct: number }> {
  const lease = await engine.chat(model, adapter, signal)
  const common = {
    generator: lease.model,
    retriever: {
      search: (query: string, limit: number, stop?: AbortSignal) => libraries.search(libraryId, query, limit, stop),
    },
    limits: chatLimits(settings()),
    sampling: greedy,
  }
  try {
    let correct = 0
    for (let done = 0; done < asked.length; done += CHAT_SLOTS) {
      const some = asked.slice(done, done + CHAT_SLOTS)
      const scores = await mapAtOnce(
        some,
        CHAT_SLOTS,
        async ({ question, answers: right }, _, stop) => {
          const { answer } = await playEpisode({ ...common, question, signal: stop })
          return exactMatch(answer, right)
        },
        signal,
      )
      signal.throwIfAborted()
      correct += scores.reduce<number>((sum, one) => sum + one, 0)
      yield { done: done + some.length, correct }
    }
  } finally {
    lease.release()
  }
}
