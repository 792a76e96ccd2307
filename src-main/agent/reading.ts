import type { Limits, Sampling } from '../contract/index.ts'
import { fitPrompt } from './episode.ts'
import { buildInformation, type InformationSource } from './information.ts'
import type { Generator } from './ports.ts'
import { cutTurn, parseAction, turnStop } from './protocol.ts'

/** What is to be read, and how it is to be answered. */
export interface ReadingOptions {
  question: string
  /** The passages that answer it. */
  passages: readonly InformationSource[]
  /** Whether the model may think before it answers. */
  think: boolean
  generator: Generator
  limits: Limits
  sampling: Sampling
  signal?: AbortSignal | undefined
}

/** The text between what was given and what the model wrote after it. */
export interface Reading {
  answer: string | null
  /** The model's turn from the tag that was put into its mouth. */
  text: string
}

/**
 * Lets a model answer from passages that it did not have to find (ARCap: source referencing and thinking, `dgpo.md`
 * section 2). The model's turn is forced to begin with these bytes, and it goes on from there:
 *
 * `\n\n<information>Doc 1(Title: …) …\nDoc 2(Title: …) …</information>\n\n` + `<answer>` (without think) or `<think>`
 *
 * that is the information block of a search, then the tag. The turn ends as in an episode; a search is no answer.
 */
export async function readPassages(options: ReadingOptions): Promise<Reading> {
  const { question, passages, think, generator, limits, sampling, signal } = options
  const { tokenizer } = generator
  const budget = Math.min(limits.episode, generator.contextLength)
  const prompt = fitPrompt(question, generator, Math.min(limits.prompt, budget - 1)).tokens
  const opening = think ? '<think>' : '<answer>'
  const tag = tokenizer.encode(opening)
  const maxTokens = Math.min(limits.turn, Math.floor(budget / 4))
  const block = buildInformation(passages, budget - prompt.length - tag.length - maxTokens, tokenizer)
  const context = [...prompt, ...block.tokens, ...tag]
  const slot = await generator.acquire(context, signal)
  try {
    const generated = await slot.generate({
      context,
      maxTokens,
      sampling,
      stop: turnStop(opening),
      signal,
    })
    signal?.throwIfAborted()
    const text = cutTurn(opening + generated.text)
    const action = parseAction(text)
    return { answer: action?.type === 'answer' && action.content !== '' ? action.content : null, text }
  } finally {
    slot.release()
  }
}
