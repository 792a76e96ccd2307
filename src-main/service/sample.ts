import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LibraryStore } from '../store/index.ts'

/** The id of the library that ships with the app. */
export const SAMPLE_LIBRARY = 'sample'
const SAMPLE_FILE = 'encyclopedia.jsonl'

/** Questions that are worth asking the sample library first. */
export async function readSampleQuestions(sampleDir: string): Promise<string[]> {
  return JSON.parse(await readFile(join(sampleDir, 'suggestions.json'), 'utf8')) as string[]
}

/**
 * Makes the sample library, with the file in `sampleDir` as its source.
 *
 * @returns ids of sources that are no longer its own (another version of the app lay elsewhere) when it has to be read;
 *   null when it is ready
 */
export function prepareSample(store: LibraryStore, sampleDir: string): string[] | null {
  if (!store.get(SAMPLE_LIBRARY)) store.create('Sample library', { id: SAMPLE_LIBRARY, sample: true })
  const path = join(sampleDir, SAMPLE_FILE)
  const sources = store.sources(SAMPLE_LIBRARY)
  if (sources.length === 1 && sources[0]?.path === path && sources[0].indexed === 1) return null
  if (!sources.some((source) => source.path === path)) store.addSource(SAMPLE_LIBRARY, 'file', path)
  return sources.filter((source) => source.path !== path).map(({ id }) => id)
}
