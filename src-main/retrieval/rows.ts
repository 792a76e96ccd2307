import { setImmediate } from 'node:timers/promises'
import type { Passage } from '../contract/index.ts'
import { analyze } from './analysis.ts'
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

/** What is searched of a passage: title, headings that say more, text. */
export function searchedText({ title, headings, text }: Passage): string {
  const above = [...new Set([title, ...headings])].filter((line) => line.trim() !== '')
  return [...above, text].join('\n')
}

/** Makes the rows of passages: analyzes, embeds, and lets the event loop breathe in between. */
export async function passageRows(
  passages: readonly Passage[],
  embedder: Embedder | null,
  signal?: AbortSignal,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < passages.length; at += batchSize) {
    signal?.throwIfAborted()
    const batch = passages.slice(at, at + batchSize)
    const texts = batch.map(searchedText)
    const vectors = await embedder?.embed(texts, 'passage', signal)
    batch.forEach((passage, i) => {
      const terms = analyze(texts[i] ?? '').map(({ term }) => term)
      const vector = vectors?.[i]
      rows.push({
        id: passage.id,
        file_id: passage.fileId,
        terms: terms.join(' '),
        passage: JSON.stringify(passage),
        ...(vector && { vector }),
      })
    })
    await setImmediate()
  }
  return rows
}
