import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chunkerVersion, type EarlierPassages } from '../corpus/index.ts'
import { indexFingerprint, indexLayout, isEmbeddedBy, openPassageIndex, type PassageIndex } from '../retrieval/index.ts'
import type { LibraryRow, LibraryStore } from '../store/index.ts'
import type { Engine } from './engine.ts'

/** The passage indexes of the libraries, opened when they are first needed. */
export interface Indexes {
  /** The index that answers: the one last built, even while a newer one is being made. */
  answering(library: LibraryRow): Promise<PassageIndex>
  /**
   * The index to write to: the one that answers, or one that is being built beside it, because chunker, analysis or
   * embedding model are no longer those it was built with. A build that was broken off goes on. `end` is called when the
   * work is over; when it is `complete`, the new index takes the place of the old one.
   */
  writing(library: LibraryRow): Promise<Writing>
  /** Whether the library should be read again: chunker or analysis have changed, or a new index is half built. */
  isOutdated(library: LibraryRow): boolean
  /** Where the index that answers lies, what it was built with, and whether it is searched by meaning, too. */
  place(library: LibraryRow): Promise<{ dir: string; fingerprint: string; embedded: boolean }>
  /** Whether a reranking model was there when the encoders were last looked at. */
  reranks(): boolean
  close(libraryId: string): Promise<void>
  /** Closes the library's index and deletes all that is on disk of it. */
  delete(libraryId: string): Promise<void>
  closeAll(): Promise<void>
}

export interface Writing {
  index: PassageIndex
  fingerprint: string
  building: boolean
  /** What the index that answers has and need not be read again for the one that is being built; null: nothing. */
  earlier: EarlierPassages | null
  end(complete: boolean): Promise<void>
}

interface OpenIndex {
  fingerprint: string
  index: Promise<PassageIndex>
}

/** Creates the indexes of a service, below `<dataDir>/libraries`. */
export function createIndexes(dataDir: string, store: LibraryStore, engine: Engine): Indexes {
  const open = new Map<string, OpenIndex>()
  let reranks = false

  const libraryDir = (id: string): string => join(dataDir, 'libraries', id)
  const indexDir = (id: string, fingerprint: string): string =>
    join(libraryDir(id), `index-${createHash('sha256').update(fingerprint).digest('hex').slice(0, 12)}`)

  async function currentFingerprint(): Promise<string> {
    const { embedder, reranker } = await engine.encoders()
    reranks = reranker !== null
    return `${chunkerVersion} ${indexFingerprint(embedder)}`
  }

  /** An index that was built without the embedding model of today is searched by words only, and not written to. */
  async function openIndex(id: string, fingerprint: string): Promise<PassageIndex> {
    const asBuilt = fingerprint !== (await currentFingerprint())
    const { embedder, reranker } = await engine.encoders()
    const fits = embedder !== null && isEmbeddedBy(fingerprint, embedder)
    return openPassageIndex({ dir: indexDir(id, fingerprint), embedder: fits ? embedder : null, reranker, asBuilt })
  }

  const clear = (id: string, fingerprint: string): Promise<void> =>
    rm(indexDir(id, fingerprint), { recursive: true, force: true })

  async function answering(library: LibraryRow): Promise<PassageIndex> {
    const fingerprint = library.indexFingerprint ?? (await currentFingerprint())
    const known = open.get(library.id)
    if (known?.fingerprint === fingerprint) return known.index
    const index = openIndex(library.id, fingerprint)
    open.set(library.id, { fingerprint, index })
    index.catch(() => open.delete(library.id))
    return index
  }

  /** What an index with the same chunker and columns has of each file. */
  function earlierPassages(library: LibraryRow, built: string): EarlierPassages | null {
    if (!built.startsWith(`${chunkerVersion} ${indexLayout} `)) return null
    return {
      index: built,
      async *passages(fileIds) {
        yield* (await answering(library)).passagesOf(fileIds)
      },
    }
  }

  async function close(id: string): Promise<void> {
    const known = open.get(id)
    open.delete(id)
    await (await known?.index.catch(() => null))?.close()
  }

  return {
    answering,
    close,
    async place(library) {
      const current = await currentFingerprint()
      const fingerprint = library.indexFingerprint ?? current
      const { embedder } = await engine.encoders()
      const embedded = embedder !== null && fingerprint === current
      return { dir: indexDir(library.id, fingerprint), fingerprint, embedded }
    },
    reranks: () => reranks,
    async writing(library) {
      const { id, indexFingerprint: built, building } = library
      const fingerprint = await currentFingerprint()
      if (building !== null && building !== fingerprint) await clear(id, building)
      if (built === null || built === fingerprint) {
        if (built === null || building !== null) store.setIndexFingerprint(id, fingerprint)
        const index = await answering({ ...library, indexFingerprint: fingerprint })
        return { index, fingerprint, building: false, earlier: null, end: async () => {} }
      }
      if (building !== fingerprint) {
        await clear(id, fingerprint)
        store.setBuilding(id, fingerprint)
      }
      const index = await openIndex(id, fingerprint)
      return {
        index,
        fingerprint,
        building: true,
        earlier: earlierPassages(library, built),
        async end(complete) {
          await index.close()
          if (!complete) return
          // from here on searches open the new one; those under way end before the old one goes
          store.setIndexFingerprint(id, fingerprint)
          await close(id)
          await clear(id, built)
        },
      }
    },
    isOutdated: ({ indexFingerprint: built, building }) =>
      building !== null || (built !== null && !built.startsWith(`${chunkerVersion} ${indexFingerprint(null)}`)),
    async delete(id) {
      await close(id)
      await rm(libraryDir(id), { recursive: true, force: true })
    },
    async closeAll() {
      for (const id of [...open.keys()]) await close(id)
    },
  }
}
