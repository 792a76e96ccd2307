/**
 * corpus: from the files of a library to its passages: sources are scanned, documents read in killable workers, cut into
 * passages and handed to the index, file by file. May import: contract, store. Must not know: how passages are indexed
 * or found, who asks for them, models.
 */
export { type ChunkOptions, chunkDocument, chunkerVersion } from './chunk.ts'
export { type IngestOptions, ingest, removeSource } from './ingest.ts'
export { literalPattern } from './patterns.ts'
export type { EarlierPassages, PassageSink } from './ports.ts'
export type { Heading, ReadDocument } from './reading/document.ts'
export { supportedExtensions } from './reading/formats.ts'
export { createReaderPool, type DocumentReader, type ReaderPoolOptions } from './reading/pool.ts'
export type { RecognitionOptions } from './reading/recognition.ts'
export { isNoise } from './selection.ts'
export { type SurveyOptions, survey } from './survey.ts'
export { type FolderWatcher, type WatchOptions, watchFolders } from './watch.ts'
export { publicFile } from './writer.ts'
