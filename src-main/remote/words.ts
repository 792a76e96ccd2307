import type { TokenId, Tokenizer } from '../agent/ports.ts'

/** Who wrote a piece of an episode: the frame of the conversation, the person and the environment, or the model. */
export type Writer = 'frame' | 'given' | 'own'

const WRITERS: readonly Writer[] = ['frame', 'given', 'own']

/** About as long as the tokens of common vocabularies: rather too short, so that limits are kept. */
const PIECE = /\s?[\p{L}\p{M}]{1,5}|\s?\p{N}{1,2}|\s?[^\s\p{L}\p{M}\p{N}]{1,2}|\s+/gu

/** A stretch of an episode by one writer. */
export interface Stretch {
  writer: Writer
  text: string
}

/**
 * Stands in for the tokenizer of a model whose vocabulary is not here: cuts text into pieces of a token's usual length, so
 * that an episode's limits can be counted, and remembers of each who wrote it, so that a conversation can be told apart
 * again. Decoding gives back the very text.
 */
export class Words implements Tokenizer {
  readonly #ids = new Map<string, number>()
  readonly #pieces: string[] = []

  write(writer: Writer, text: string): TokenId[] {
    const offset = WRITERS.indexOf(writer)
    return (text.match(PIECE) ?? []).map((piece) => {
      let id = this.#ids.get(piece)
      if (id === undefined) {
        id = this.#pieces.push(piece) - 1
        this.#ids.set(piece, id)
      }
      return id * WRITERS.length + offset
    })
  }

  encode = (text: string): TokenId[] => this.write('given', text)

  decode = (tokens: readonly TokenId[]): string =>
    tokens.map((token) => this.#pieces[Math.floor(token / WRITERS.length)] ?? '').join('')

  /** Who wrote what, in order; neighbors by the same writer are one. */
  stretches(tokens: readonly TokenId[]): Stretch[] {
    const result: Stretch[] = []
    for (const token of tokens) {
      const writer = WRITERS[token % WRITERS.length] as Writer
      const text = this.decode([token])
      const last = result.at(-1)
      if (last?.writer === writer) last.text += text
      else result.push({ writer, text })
    }
    return result
  }
}

/** Spellings that servers take for control tokens, of the common chat templates. */
const CONTROL = /<(?=\|)|<(?=\/?s>|[be]os>|(?:start|end)_of_turn>)|\[(?=\/?INST\])/g

/**
 * Makes text harmless for a server that reads control tokens wherever they are spelled out: an invisible character (word
 * joiner) behind the first bracket keeps a document or a question from ending the model's turn, or opening another.
 */
export const disarm = (text: string): string => text.replace(CONTROL, (bracket) => `${bracket}\u2060`)
