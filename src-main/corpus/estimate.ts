import { usualWorkers } from './reading/pool.ts'
import type { Sample } from './sample.ts'
import { extensionOf, type FoundFile } from './scan.ts'

/**
 * Bytes a second, from file to passages in the index, on one slow core: what `npm run bench -- ingest` measures, rounded
 * down. Types that are not named are plain text.
 */
const BYTES_PER_SECOND: Readonly<Record<string, number>> = {
  '.pdf': 1_000_000,
  '.docx': 500_000,
  '.pptx': 1_000_000,
  '.xlsx': 300_000,
  '.epub': 500_000,
  '.html': 1_500_000,
  '.htm': 1_500_000,
}
const PLAIN_BYTES_PER_SECOND = 3_000_000
const MS_PER_FILE = 8

/** Bytes of a file for each of its passages where no file of the type could be looked into: that of plain text. */
const BYTES_PER_PASSAGE = 600
/** Passages of a page of print, which has some 2,000 characters. */
const PASSAGES_PER_PAGE = 4

/** What is known of the PDF files together. */
export interface PdfPages {
  /** Pages with text, and pages without. */
  text: number
  bare: number
  /** Pages without text of the file that has the most of them: one thread reads a file. */
  mostBare: number
}

/** ms that reading the files takes, text recognition not included. */
export const readingMs = (files: readonly FoundFile[]): number => files.reduce((sum, file) => sum + readingOne(file), 0)

function readingOne(file: FoundFile): number {
  return MS_PER_FILE + (file.sizeBytes / (BYTES_PER_SECOND[extensionOf(file)] ?? PLAIN_BYTES_PER_SECOND)) * 1000
}

/**
 * How many passages the files will have: by their bytes as those of the sample; PDF files, in which pictures take most of
 * the bytes, by their pages.
 */
export function expectedPassages(
  files: readonly FoundFile[],
  { types }: Sample,
  pages: PdfPages,
  recognized: boolean,
): number {
  let passages = 0
  for (const [extension, group] of Map.groupBy(files, extensionOf)) {
    const seen = types.get(extension)
    if (extension === '.pdf') {
      passages += pages.text * (seen?.pages ? seen.passages / seen.pages : PASSAGES_PER_PAGE)
    } else {
      const density = seen && seen.bytes > 0 ? seen.passages / seen.bytes : 1 / BYTES_PER_PASSAGE
      for (const file of group) passages += file.sizeBytes * density
    }
  }
  return passages + (recognized ? pages.bare * PASSAGES_PER_PAGE : 0)
}

/** ms that it takes to recognize the text of the pages that have none, with so many ms a page in each thread. */
export const recognizingMs = ({ bare, mostBare }: PdfPages, pageMs: number): number =>
  pageMs * Math.max(mostBare, bare / usualWorkers())
