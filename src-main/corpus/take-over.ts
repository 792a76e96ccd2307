import { AppError, type Passage } from '../contract/index.ts'
import type { FileRow } from '../store/index.ts'
import type { EarlierPassages } from './ports.ts'
import type { ReadContext } from './read-all.ts'
import { BatchWriter } from './writer.ts'

/** Files and passages that are asked for at a time. */
const MAX_FILES = 32
const MAX_PASSAGES = 2000

/** The files in groups that have few enough passages to be held at once; a larger file is a group of its own. */
function* groups(files: readonly FileRow[]): Generator<[FileRow, ...FileRow[]]> {
  let group: FileRow[] = []
  let passages = 0
  for (const file of files) {
    if (group.length === MAX_FILES || passages + file.passages > MAX_PASSAGES) {
      if (group[0]) yield [group[0], ...group.slice(1)]
      group = []
      passages = 0
    }
    group.push(file)
    passages += file.passages
  }
  if (group[0]) yield [group[0], ...group.slice(1)]
}

/**
 * Takes what was read for an earlier index over into the one that is being built, without looking at the files. Until a
 * file's passages are durable in the new index, it is stored as one of the earlier index, so a kill costs nothing.
 *
 * @param files as they shall be stored
 * @returns those whose passages are not there as they should be: they have to be read
 */
export async function takeOver(
  files: readonly FileRow[],
  earlier: EarlierPassages,
  { store, sink, signal, meter, changed }: Omit<ReadContext, 'reader'>,
): Promise<FileRow[]> {
  const missing: FileRow[] = []
  const onWritten = (file: FileRow): void => {
    changed(file)
    meter.fileDone(file.sizeBytes)
  }
  const writer = new BatchWriter({ sink, store, onWritten, signal })
  const take = async (group: [FileRow, ...FileRow[]]): Promise<void> => {
    const [first] = group
    if (first.passages > MAX_PASSAGES) return writer.addLarge(first, earlier.passages([first.id]))
    const found = new Map(group.map((file) => [file.id, [] as Passage[]]))
    for await (const passage of earlier.passages([...found.keys()])) found.get(passage.fileId)?.push(passage)
    for (const file of group) {
      const passages = found.get(file.id) ?? []
      if (passages.length !== file.passages) missing.push(file)
      else await writer.add({ file, passages: file.passages > 0 ? passages : null })
    }
  }
  try {
    for (const group of groups(files)) {
      signal?.throwIfAborted()
      meter.now('Taking over what was read before')
      await take(group).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.value.code !== 'INDEX_DAMAGED') throw error
        missing.push(...group)
      })
    }
    await writer.flush()
  } finally {
    await writer.discard()
  }
  return missing.map((file) => ({ ...file, state: 'waiting', contentHash: null }))
}
