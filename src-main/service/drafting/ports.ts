import { type Generator, playEpisode, readPassages } from '../../agent/index.ts'
import { appError, defaultLimits, greedy, type Model } from '../../contract/index.ts'
import {
  type DraftTrial,
  type Generate,
  type WriteQuestion,
  writeByInstructions,
  writeFromNotes,
} from '../../evaluation/index.ts'
import type { Engine } from '../engine.ts'
import type { Libraries } from '../libraries.ts'

/** Holds a model for one piece of work at a time, so that a question in Ask need not wait for all of it. */
async function withModel<T>(
  engine: Engine,
  model: Model,
  signal: AbortSignal | undefined,
  work: (chat: Generator) => Promise<T>,
): Promise<T> {
  const lease = await engine.chat(model, null, signal)
  try {
    return await work(lease.model)
  } finally {
    lease.release()
  }
}

/** How the engine's model writes, by what it can do. @throws {AppError} INVALID_INPUT when it cannot write questions */
export function writerOf(engine: Engine, model: Model): WriteQuestion {
  const generate: Generate = (task, maxTokens, signal) =>
    withModel(engine, model, signal, async (chat) => {
      const prompt = task.kind === 'message' ? chat.chatPrompt(task.text) : chat.tokenizer.encode(task.text)
      // Of a passage that is too long for the model the beginning is left out: what it is to do stands at the end.
      const context = prompt.slice(-Math.max(1, chat.contextLength - maxTokens))
      const slot = await chat.acquire(context, signal)
      try {
        const written = await slot.generate({
          context,
          maxTokens,
          sampling: greedy,
          stop: { marks: [], ends: () => false },
          signal,
        })
        signal?.throwIfAborted()
        return written.text
      } finally {
        slot.release()
      }
    })
  switch (model.writes) {
    case 'instructions':
      return writeByInstructions(generate)
    case 'notes':
      return writeFromNotes(generate)
    case null:
      throw cannotWrite(model)
  }
}

/** Why a model is refused as a writer. */
export const cannotWrite = ({ name }: Pick<Model, 'name'>) =>
  appError(
    'INVALID_INPUT',
    `${name} cannot write questions: it neither follows instructions nor takes notes.`,
    'Choose another model to write; this one can still try the questions.',
  )

/** Tries questions with the engine's model: through the same agent loop as in Ask, and without any document. */
export function trialOf(
  engine: Engine,
  model: Model,
  libraries: Pick<Libraries, 'search'>,
  libraryId: string,
): Omit<DraftTrial, 'same'> {
  const common = { limits: defaultLimits, sampling: greedy }
  return {
    closedBook: (question, signal) =>
      withModel(engine, model, signal, async (generator) => {
        const { answer } = await readPassages({ ...common, question, passages: [], think: false, generator, signal })
        return answer
      }),
    play: (question, without, signal) =>
      withModel(engine, model, signal, async (generator) => {
        const retriever = {
          async search(query: string, limit: number, stop?: AbortSignal) {
            const hits = await libraries.search(libraryId, query, limit + without.size, stop)
            return hits.filter(({ id }) => !without.has(id)).slice(0, limit)
          },
        }
        const { answer } = await playEpisode({ ...common, question, retriever, generator, signal })
        signal?.throwIfAborted()
        return answer
      }),
  }
}
