import type { Passage } from '../contract/index.ts'
import type { Embedder } from './ports.ts'
import { passageRows } from './rows.ts'

/** Passages are embedded to know how fast that is, for so long at most; one always is. */
const MEASURED_MS = 3000
/** What writing a vector beside its passage takes on one slow core, with its part of the vector index. */
const WRITING_MS = 0.5

/** As long as passages of prose are: measured with when there is no other. */
const prose: Passage = {
  id: '',
  libraryId: '',
  fileId: '',
  title: 'Trees',
  headings: [],
  path: '',
  page: null,
  start: 0,
  end: 0,
  text: 'The oldest of the oak trees stands by the river, where the road from the village ends. '.repeat(7).trim(),
}

/**
 * Measures how many ms it takes to embed a passage and to write its vector, with these: what they say decides it, and
 * so does this machine.
 *
 * @throws {AppError} MODEL_FAILED; the signal's reason when aborted
 */
export async function embeddingPace(
  embedder: Embedder,
  passages: readonly Passage[],
  signal?: AbortSignal,
): Promise<number> {
  // the first one of a model takes longer than any other
  await passageRows([prose], embedder, signal)
  const started = performance.now()
  let done = 0
  for (const passage of passages.length > 0 ? passages : [prose]) {
    await passageRows([passage], embedder, signal)
    done++
    if (performance.now() - started > MEASURED_MS) break
  }
  return (performance.now() - started) / done + WRITING_MS
}
