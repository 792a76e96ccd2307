import { setImmediate } from 'node:timers/promises'
import type { Passage } from '../contract/index.ts'
import { analyze } from './analysis.ts'
import { passageLanguage } from './language.ts'
import type { Embedder } from './ports.ts'

/** A row of the table, see `tableSchema`. */
export interface Row extends Record<string, unknown> {
  id: string
  file_id: string
  terms: string
  passage: string
  vector?: Float32Array
}

/** Passages handled before other work gets its turn. */
const batchSize = 64

/** How often the title counts among the words of a passage: it says most about it (as field weights in BM25F do). */
const titleWeight = 3

/** Title, headings that say more, text: what the embedder reads. */
function passageText({ title, headings, text }: Passage): string {
  return [...new Set([title, ...headings]), text].filter((line) => line.trim() !== '').join('\n')
}

/** Vectors by the ids of passages, with the text that each was made of. */
export type KnownVectors = ReadonlyMap<string, { text: string; vector: Float32Array }>

/** The vectors that rows of the table hold: those need not be made again while the text stays. */
export function vectorsOf(rows: readonly Record<string, unknown>[]): KnownVectors {
  return new Map(
    rows.flatMap((row) => {
      const vector = row['vector'] as { toArray(): Float32Array } | null | undefined
      const passage = JSON.parse(String(row['passage'])) as Passage
      return vector ? [[passage.id, { text: passageText(passage), vector: vector.toArray() }] as const] : []
    }),
  )
}

/**
 * Makes the rows of passages: analyzes, embeds, and lets the event loop breathe in between. Without an embedder a row
 * gets the vector that is known for its id and text, or none.
 */
export async function passageRows(
  passages: readonly Passage[],
  embedder: Embedder | null,
  signal?: AbortSignal,
  known: KnownVectors = new Map(),
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < passages.length; at += batchSize) {
    signal?.throwIfAborted()
    const batch = passages.slice(at, at + batchSize)
    const texts = batch.map(passageText)
    const old = batch.map(({ id }, i) => (known.get(id)?.text === texts[i] ? known.get(id)?.vector : undefined))
    const missing = texts.filter((_, i) => !old[i])
    const made = missing.length > 0 ? await embedder?.embed(missing, 'passage', signal) : undefined
    let next = 0
    batch.forEach((passage, i) => {
      const language = passageLanguage(passage.text)
      const terms = analyze(`${`${passage.title}\n`.repeat(titleWeight - 1)}${texts[i]}`, language)
      const vector = old[i] ?? made?.[next++]
      rows.push({
        id: passage.id,
        file_id: passage.fileId,
        terms: terms.map(({ term }) => term).join(' '),
        passage: JSON.stringify(passage),
        ...(vector && { vector }),
      })
    })
    await setImmediate()
  }
  return rows
}
