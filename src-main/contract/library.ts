import { z } from 'zod'
import { errorValueSchema } from './errors.ts'

/** A folder or a single file that a library takes its documents from. */
export const sourceSchema = z.object({
  id: z.string(),
  kind: z.enum(['folder', 'file']),
  /** Absolute path. */
  path: z.string(),
  /** Why nothing can be said about its files now, such as a disk that was taken out; what was read before is kept. */
  problem: errorValueSchema.nullable(),
  /** When the library last matched it, ms since 1970. */
  syncedAt: z.number().nullable(),
  /** Files of it that can be searched. */
  indexed: z.number().int(),
})
export type Source = z.infer<typeof sourceSchema>

/** A pattern as a line of a `.gitignore` has it: `*.log`, `drafts/`, `/archive/**`, `!keep.log`. */
const patternSchema = z.string().trim().min(1).max(1000)

/** No larger file is ever read: a reader has all of it in memory. */
export const largestFileBytes = 100_000_000

/** Which files of a library's folders are read. Ignore files in the folders are respected as well. */
export const libraryRulesSchema = z.object({
  /** Only files that match one of these, or lie in a folder that does; empty: all. */
  include: z.array(patternSchema).max(200),
  /** Files and folders that are left out. */
  exclude: z.array(patternSchema).max(2000),
  /** Larger files are skipped. */
  maxFileBytes: z
    .number()
    .int()
    .min(1000)
    .max(largestFileBytes, `no file of more than ${largestFileBytes / 1_000_000} MB can be read`),
})
export type LibraryRules = z.infer<typeof libraryRulesSchema>

/** The rules of a new library. */
export const defaultRules: LibraryRules = { include: [], exclude: [], maxFileBytes: largestFileBytes }

/**
 * Where a file stands. `waiting` files are known but not read yet; `skipped` ones are not documents (reason in
 * `error`); `failed` ones are documents that could not be read.
 */
export const fileStateSchema = z.enum(['waiting', 'reading', 'indexed', 'skipped', 'failed'])
export type FileState = z.infer<typeof fileStateSchema>

/** One document of a library, as the file table shows it. */
export const libraryFileSchema = z.object({
  id: z.string(),
  libraryId: z.string(),
  sourceId: z.string(),
  /** Absolute path. */
  path: z.string(),
  /** Path below the source's folder, for display. */
  relativePath: z.string(),
  title: z.string(),
  state: fileStateSchema,
  sizeBytes: z.number(),
  /** Last change of the file on disk, ms since 1970. */
  modifiedAt: z.number(),
  /** When its passages entered the index, ms since 1970. */
  indexedAt: z.number().nullable(),
  passages: z.number().int(),
  pages: z.number().int().nullable(),
  /** Why it was skipped or failed. */
  error: errorValueSchema.nullable(),
  /** What could not be read of a file that was read otherwise, in sentences. */
  warnings: z.array(z.string()),
})
export type LibraryFile = z.infer<typeof libraryFileSchema>

/** A named collection of documents with its own index. */
export const librarySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The library that ships with the app: read-only, always there. */
  sample: z.boolean(),
  createdAt: z.number(),
  sources: z.array(sourceSchema),
  rules: libraryRulesSchema,
  /** Its files are not looked at until it is resumed. */
  paused: z.boolean(),
  /** How changes of the files are noticed: as they happen, every now and then, or only when asked to look. */
  follows: z.enum(['live', 'periodic', 'off']),
  /** Number of files in each state. */
  files: z.record(fileStateSchema, z.number().int()),
  passages: z.number().int(),
  /** How passages are found: full text always, vectors when an embedding model is installed. */
  retrieval: z.object({ fullText: z.boolean(), vector: z.boolean(), reranker: z.boolean() }),
  /** The ingestion job that is running or waiting, if any. */
  jobId: z.string().nullable(),
  /** Questions worth asking first: three of the sample's, or made of the person's own titles. */
  suggestions: z.array(z.string()),
})
export type Library = z.infer<typeof librarySchema>

/** A stretch of a document, small enough to be shown to a model. Offsets count UTF-16 units of the document's text. */
export const passageSchema = z.object({
  /** Stable: the same text at the same place of the same file keeps its id. */
  id: z.string(),
  libraryId: z.string(),
  fileId: z.string(),
  title: z.string(),
  /** Headings above the passage, outermost first. */
  headings: z.array(z.string()),
  /** Path for display (relative to the source). */
  path: z.string(),
  /** 1-based page on which the passage starts, where the format has pages. */
  page: z.number().int().nullable(),
  start: z.number().int(),
  end: z.number().int(),
  text: z.string(),
})
export type Passage = z.infer<typeof passageSchema>

/** Rank (1-based) and score of one retrieval stage. */
export const stageScoreSchema = z.object({ rank: z.number().int(), score: z.number() })

/** Half-open range [start, end) in UTF-16 units of some text. */
export const spanSchema = z.object({ start: z.number().int(), end: z.number().int() })
export type Span = z.infer<typeof spanSchema>

/** A passage that a search found, with how it was found; passages that follow each other in a document are one. */
export const passageHitSchema = passageSchema.extend({
  /** 1-based. */
  rank: z.number().int(),
  /** The score that decided the order: reranker, else fused, else BM25. */
  score: z.number(),
  stages: z.object({
    /** `named`: the part of the score that comes from being named by one of the best passages. */
    fullText: stageScoreSchema.extend({ named: z.number().optional() }).optional(),
    vector: stageScoreSchema.optional(),
    fused: stageScoreSchema.optional(),
    reranker: stageScoreSchema.optional(),
    /** How much of its text better passages have said, 0 to 1, and which of them most: it was moved back for that. */
    repeats: z.object({ share: z.number(), of: z.string() }).optional(),
  }),
  /** Where passages that follow each other were joined: their ids as they stand in the document. */
  joined: z.array(z.string()).optional(),
  /** Words of the query in `text`, for marking. */
  matches: z.array(spanSchema),
})
export type PassageHit = z.infer<typeof passageHitSchema>

/** Which documents a search looks into; all conditions hold together. */
export const searchFilterSchema = z.object({
  /** Path of a folder: absolute, or below the library's folders as it is shown. */
  folder: z.string().trim().min(1).optional(),
  /** Endings of file names, without the dot. */
  types: z.array(z.string().trim().min(1).max(20)).max(50).optional(),
  /** Changed on disk at this time or later, ms since 1970. */
  after: z.number().optional(),
  /** Changed on disk before this time, ms since 1970. */
  before: z.number().optional(),
  /** Part of the title or of the file's name, case-insensitive. */
  title: z.string().trim().min(1).optional(),
})
export type SearchFilter = z.infer<typeof searchFilterSchema>

/** How many passages of a document hold a word of the query, by field. */
export const explainedWordSchema = z.object({
  word: z.string(),
  title: z.number().int(),
  headings: z.number().int(),
  text: z.number().int(),
})
export type ExplainedWord = z.infer<typeof explainedWordSchema>

const placeSchema = z.object({
  /** Place of the document's best passage; null when it is beyond those that are counted. */
  rank: z.number().int().nullable(),
  score: z.number(),
  /** Score of the last passage that goes on to the next stage; null when none does. */
  needed: z.number().nullable(),
})

/** Why a search does or does not find a document. */
export const explanationSchema = z.object({
  outcome: z.enum([
    'found',
    'not-indexed',
    'filtered',
    'no-words',
    'too-far',
    'duplicate',
    'not-reranked',
    'below-limit',
  ]),
  /** The same for people, with what would have to change. */
  reason: z.string(),
  /** Place among the hits; null when it is not one. */
  rank: z.number().int().nullable(),
  /** Passages of the document in the index. */
  passages: z.number().int(),
  words: z.array(explainedWordSchema),
  /** Null where nothing matches. */
  fullText: placeSchema.nullable(),
  vector: placeSchema.nullable(),
  /** The part of its score that comes from being named by one of the best passages. */
  named: z.number(),
  fused: placeSchema.nullable(),
  reranker: placeSchema.nullable(),
  /** How much of it better passages have said, 0 to 1, and the title of the one that says most of it: it was moved back. */
  repeats: z.object({ share: z.number(), title: z.string() }).nullable(),
  /** The passage of the document that came furthest. */
  passage: passageSchema.nullable(),
  /** Words by which the document would be found. */
  suggestions: z.array(z.string()),
})
export type Explanation = z.infer<typeof explanationSchema>

/** What stands between the cells of a table's row where a table is text. */
export const cellSeparator = ' | '

/** A word that text recognition sees on a page; its box in shares of the page's width and height as it is shown. */
export const recognizedWordSchema = z.object({
  text: z.string(),
  /** Words of one line have the same number. */
  line: z.number().int(),
  left: z.number(),
  top: z.number(),
  width: z.number(),
  height: z.number(),
})
export type RecognizedWord = z.infer<typeof recognizedWordSchema>

/** A document's text as it was read, for the source pane. */
export const documentTextSchema = z.object({
  file: libraryFileSchema,
  text: z.string(),
  /** Start offset of each page, where the format has pages. */
  pageStarts: z.array(z.number().int()),
  headings: z.array(z.object({ level: z.number().int(), text: z.string(), offset: z.number().int() })),
  /** Where tables stand: a line per row, cells separated as {@link cellSeparator} says. */
  tables: z.array(spanSchema),
})
export type DocumentText = z.infer<typeof documentTextSchema>
