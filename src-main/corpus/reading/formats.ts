import { extname } from 'node:path'
import type { FormatReader } from './document.ts'

/** Readers are loaded when their first file comes: the service starts without them. */
const text = async (): Promise<FormatReader> => (await import('./text.ts')).readText
const markdown = async (): Promise<FormatReader> => (await import('./markdown.ts')).readMarkdown
const html = async (): Promise<FormatReader> => (await import('./html.ts')).readHtml

/** The formats that can be read, by extension. */
const formats: Record<string, () => Promise<FormatReader>> = {
  '.txt': text,
  '.text': text,
  '.log': text,
  '.rst': text,
  '.adoc': text,
  '.org': text,
  '.tex': text,
  '.md': markdown,
  '.markdown': markdown,
  '.mdx': markdown,
  '.html': html,
  '.htm': html,
  '.xhtml': html,
  '.pdf': async () => (await import('./pdf.ts')).readPdf,
  '.docx': async () => (await import('./docx.ts')).readDocx,
  '.jsonl': async () => (await import('./jsonl.ts')).readJsonl,
}

/** Extensions of the files that can be read: lower case, with the dot. */
export const supportedExtensions: readonly string[] = Object.keys(formats)

/** Whether files with this name can be read, as far as the name tells. */
export function isSupported(path: string): boolean {
  return extname(path).toLowerCase() in formats
}

/** The reader for files with this name; null when there is none. */
export async function readerFor(path: string): Promise<FormatReader | null> {
  return (await formats[extname(path).toLowerCase()]?.()) ?? null
}
