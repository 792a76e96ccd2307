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

/** How often the title counts among the words of a passage: it says most about it (as field weights in BM25F do). */
const titleWeight = 3

/** Title, headings that say more, text: what the embedder reads. */
function passageText({ title, headings, text }: Passage): string {
  return [...new Set([title, ...headings]), text].filter((line) => line.trim() !== '').join('\n')
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
    const texts = batch.map(passageText)
    const vectors = await embedder?.embed(texts, 'passage', signal)
    batch.forEach((passage, i) => {
      const terms = analyze(`${`${passage.title}\n`.repeat(titleWeight - 1)}${texts[i]}`)
      const vector = vectors?.[i]
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
