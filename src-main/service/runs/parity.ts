import { type AppError, appError, type Limits, type ParityDifference } from '../../contract/index.ts'

/** What decides how an episode is played, besides the weights. */
export interface PlayFacts {
  /** Prompt kind and chat template: which bytes the model reads before it writes. */
  prompt: string
  /** How passages are found: chunks, analysis, embedding and reranking models. */
  retriever: string
  tokenizer: string
  limits: Limits
}

const textOf = ({ topK: _, ...limits }: Limits): string =>
  Object.entries(limits)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** What chat would do differently from how a model is, or was, trained; empty when it is all the same. */
export function parityDifferences(training: PlayFacts, chat: PlayFacts): ParityDifference[] {
  const pairs: ParityDifference[] = [
    { what: 'prompt', training: training.prompt, chat: chat.prompt },
    { what: 'retriever', training: training.retriever, chat: chat.retriever },
    { what: 'top-k', training: String(training.limits.topK), chat: String(chat.limits.topK) },
    { what: 'limits', training: textOf(training.limits), chat: textOf(chat.limits) },
    { what: 'tokenizer', training: training.tokenizer, chat: chat.tokenizer },
  ]
  return pairs.filter(({ training, chat }) => training !== chat)
}

/** Refuses to train what would not play in chat as it was trained, or to promote it. */
export function parityError(differences: readonly ParityDifference[]): AppError {
  const names = differences.map(({ what }) => what).join(', ')
  return appError(
    'PARITY_MISMATCH',
    `Training and chat would not play alike: ${names} ${differences.length === 1 ? 'differs' : 'differ'}.`,
    'Train with the settings that chat has, or change those of chat first.',
    { detail: differences.map(({ what, training, chat }) => `${what}: ${training} / chat: ${chat}`).join('\n') },
  )
}
