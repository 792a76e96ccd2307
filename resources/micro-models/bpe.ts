import { bool, type GgufMetadata, text, u32 } from '../../src-main/models/import/gguf-format.ts'

/** GPT-2's splitting of text into words (Radford et al. 2019); llama.cpp's pre-tokenizer `gpt-2`. */
const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

export const controlTokens = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const
export type ControlToken = (typeof controlTokens)[number]

/** Bytes as printable characters, GPT-2's way: what prints stands for itself, the others follow from U+0100. */
const byteCharacters: readonly string[] = (() => {
  const prints = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255)
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : next++))
})()
const characterBytes = new Map(byteCharacters.map((character, byte) => [character, byte]))

const spelled = (word: string): string[] => Array.from(Buffer.from(word), (byte) => byteCharacters[byte] as string)
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export type Merge = readonly [string, string]

/** The words of a text, as the tokenizer splits it. */
export const splitWords = (text: string): string[] => text.match(wordPattern) ?? []

/**
 * Learns merges by byte-pair encoding (Sennrich et al. 2016): again and again the most frequent pair of neighbors within
 * words becomes one token.
 *
 * @param counts how often each word occurs; pairs never reach across words
 * @param vocabulary tokens in all, bytes and control tokens included
 */
export function learnMerges(counts: ReadonlyMap<string, number>, vocabulary: number): Merge[] {
  const words = [...counts].map(([word, count]) => ({ parts: spelled(word), count }))
  const pairs = new Map<string, { merge: Merge; count: number; words: Set<number> }>()
  const tally = (index: number, sign: 1 | -1): void => {
    const { parts, count } = words[index] as (typeof words)[number]
    for (let i = 0; i + 1 < parts.length; i++) {
      const merge: Merge = [parts[i] as string, parts[i + 1] as string]
      const key = merge.join(' ')
      const pair = pairs.get(key) ?? { merge, count: 0, words: new Set<number>() }
      pairs.set(key, pair)
      pair.count += sign * count
      pair.words.add(index)
    }
  }
  words.forEach((_, index) => {
    tally(index, 1)
  })
  const merges: Merge[] = []
  while (merges.length < vocabulary - byteCharacters.length - controlTokens.length) {
    let best: { key: string; merge: Merge; count: number; words: Set<number> } | undefined
    for (const [key, pair] of pairs) {
      if (pair.count < 2) continue
      if (!best || pair.count > best.count || (pair.count === best.count && byText(key, best.key) < 0)) {
        best = { key, ...pair }
      }
    }
    if (!best) break
    merges.push(best.merge)
    for (const index of best.words) {
      tally(index, -1)
      const word = words[index] as (typeof words)[number]
      word.parts = mergePair(word.parts, best.merge)
      tally(index, 1)
    }
    pairs.delete(best.key)
  }
  return merges
}

function mergePair(parts: readonly string[], [left, right]: Merge): string[] {
  const result: string[] = []
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === left && parts[i + 1] === right) result.push(`${left}${parts[++i]}`)
    else result.push(parts[i] as string)
  }
  return result
}

/** A byte-level BPE tokenizer. Tokens: the bytes, the merges in their order, the control tokens. */
export class BpeTokenizer {
  readonly tokens: readonly string[]
  readonly merges: readonly Merge[]
  readonly #ids: ReadonlyMap<string, number>
  readonly #ranks: ReadonlyMap<string, number>
  readonly #known = new Map<string, readonly number[]>()

  constructor(merges: readonly Merge[]) {
    this.merges = merges
    this.tokens = [...byteCharacters, ...merges.map((merge) => merge.join('')), ...controlTokens]
    this.#ids = new Map(this.tokens.map((token, id) => [token, id]))
    this.#ranks = new Map(merges.map((merge, rank) => [merge.join(' '), rank]))
  }

  control(token: ControlToken): number {
    return this.#ids.get(token) as number
  }

  /** Plain text: control tokens spelled out in it are not special. */
  encode(text: string): number[] {
    return splitWords(text).flatMap((word) => this.#encodeWord(word))
  }

  decode(ids: readonly number[]): string {
    const bytes = ids.flatMap((id) => {
      const token = this.tokens[id] ?? ''
      const isControl = id >= this.tokens.length - controlTokens.length
      return isControl ? [...Buffer.from(token)] : Array.from(token, (c) => characterBytes.get(c) as number)
    })
    return Buffer.from(bytes).toString('utf8')
  }

  #encodeWord(word: string): readonly number[] {
    const known = this.#known.get(word)
    if (known) return known
    let parts = spelled(word)
    for (;;) {
      let best = Number.POSITIVE_INFINITY
      for (let i = 0; i + 1 < parts.length; i++) {
        best = Math.min(best, this.#ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? best)
      }
      const merge = this.merges[best]
      if (!merge) break
      parts = mergePair(parts, merge)
    }
    const ids = parts.map((part) => this.#ids.get(part) as number)
    if (this.#known.size > 100_000) this.#known.clear()
    this.#known.set(word, ids)
    return ids
  }

  /** As llama.cpp reads it from a GGUF file. */
  metadata(chatTemplate: string): GgufMetadata {
    const normal = 1
    const control = 3
    const types = this.tokens.map((_, id) => (id < this.tokens.length - controlTokens.length ? normal : control))
    return {
      'tokenizer.ggml.model': text('gpt2'),
      'tokenizer.ggml.pre': text('gpt-2'),
      'tokenizer.ggml.tokens': { type: 'strings', value: this.tokens },
      'tokenizer.ggml.token_type': { type: 'i32s', value: types },
      'tokenizer.ggml.merges': { type: 'strings', value: this.merges.map((merge) => merge.join(' ')) },
      'tokenizer.ggml.eos_token_id': u32(this.control('<|im_end|>')),
      'tokenizer.ggml.bos_token_id': u32(this.control('<|endoftext|>')),
      'tokenizer.ggml.padding_token_id': u32(this.control('<|endoftext|>')),
      'tokenizer.ggml.add_bos_token': bool(false),
      'tokenizer.chat_template': text(chatTemplate),
    }
  }
}
