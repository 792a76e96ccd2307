import { extname } from 'node:path'
import type { FormatReader } from './document.ts'
import { fileErrors } from './errors.ts'
import { type Archive, openZip } from './zip.ts'

/** Readers are loaded when their first file comes: the service starts without them. */
const readers = {
  text: async () => (await import('./text.ts')).readText,
  code: async () => (await import('./text.ts')).readCode,
  markdown: async () => (await import('./markdown.ts')).readMarkdown,
  html: async () => (await import('./html.ts')).readHtml,
  tex: async () => (await import('./tex.ts')).readTex,
  csv: async () => (await import('./csv.ts')).readCsv,
  eml: async () => (await import('./mail.ts')).readEml,
  mbox: async () => (await import('./mail.ts')).readMbox,
  notebook: async () => (await import('./notebook.ts')).readNotebook,
  jsonl: async () => (await import('./jsonl.ts')).readJsonl,
  rtf: async () => (await import('./rtf.ts')).readRtf,
  pdf: async () => (await import('./pdf.ts')).readPdf,
  docx: async () => (await import('./docx.ts')).readDocx,
  pptx: async () => (await import('./pptx.ts')).readPptx,
  xlsx: async () => (await import('./xlsx.ts')).readXlsx,
  odf: async () => (await import('./odf.ts')).readOdf,
  epub: async () => (await import('./epub.ts')).readEpub,
} satisfies Record<string, () => Promise<FormatReader>>

type Format = keyof typeof readers

const extensions: Record<Format, string> = {
  text: 'txt text log rst adoc asciidoc org srt vtt',
  markdown: 'md markdown mdx',
  html: 'html htm xhtml',
  tex: 'tex latex',
  csv: 'csv tsv',
  eml: 'eml',
  mbox: 'mbox',
  notebook: 'ipynb',
  jsonl: 'jsonl',
  rtf: 'rtf',
  pdf: 'pdf',
  docx: 'docx docm dotx',
  pptx: 'pptx pptm ppsx',
  xlsx: 'xlsx xlsm',
  odf: 'odt ods odp ott',
  epub: 'epub',
  code: `bash bat bib c cc cfg clj conf cpp cs css dart el ex exs f90 fs go gradle graphql groovy h hh hpp hs ini java jl js
    json jsx kt kts less lisp lua m ml mjs cjs nim php pl pm proto ps1 py pyi r rb rs sass scala scm scss sh sql swift
    tcl tf toml ts tsx vb vim vue xml yaml yml zig zsh`,
}

/** Formats whose files are never plain text; a web page is often saved under their names. */
const binary: ReadonlySet<Format> = new Set(['pdf', 'docx', 'pptx', 'xlsx', 'odf', 'epub', 'rtf'])

const formats = new Map<string, Format>(
  Object.entries(extensions).flatMap(([format, names]) =>
    names.split(/\s+/).map((name): [string, Format] => [`.${name}`, format as Format]),
  ),
)

/** Extensions of the files that can be read: lower case, with the dot. */
export const supportedExtensions: readonly string[] = [...formats.keys()]

const named = (path: string): Format | undefined => formats.get(extname(path).toLowerCase())

/** Whether files with this name can be read, as far as the name tells: of a name without an extension it tells nothing. */
export function isSupported(path: string): boolean {
  return named(path) !== undefined || extname(path) === ''
}

/** Which of the formats that are ZIP files it is. */
function zipFormat(archive: Archive): Format | null {
  const mimetype = archive.names.includes('mimetype') ? (archive.text('mimetype') ?? '') : ''
  if (mimetype.includes('epub')) return 'epub'
  if (mimetype.includes('opendocument')) return 'odf'
  const within = (folder: string): boolean => archive.names.some((name) => name.startsWith(folder))
  if (within('word/')) return 'docx'
  if (within('ppt/')) return 'pptx'
  if (within('xl/')) return 'xlsx'
  if (archive.names.includes('META-INF/container.xml')) return 'epub'
  return archive.names.includes('content.xml') ? 'odf' : null
}

/** The format that the first bytes show; undefined where they show nothing. */
function signature(bytes: Uint8Array, name: Format | undefined): Format | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = view.toString('latin1', 0, 1024)
  if (start.startsWith('%PDF-')) return 'pdf'
  if (start.startsWith('{\\rtf')) return 'rtf'
  if (start.startsWith('PK\x03\x04')) {
    const format = zipFormat(openZip(bytes))
    if (format !== null) return format
    if (name === undefined || !binary.has(name)) throw fileErrors.unsupported('This is an archive, not a document.')
    return name
  }
  if (start.startsWith('\xd0\xcf\x11\xe0')) {
    // Office wraps encrypted files into its old container format
    if (view.includes('EncryptedPackage', 0, 'utf16le')) throw fileErrors.protected()
    throw fileErrors.unsupported('This file has the format of an old version of Office (before 2007).')
  }
  const page = /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html)\b/i.test(
    start,
  )
  return page && name !== undefined && binary.has(name) ? 'html' : undefined
}

/**
 * The reader for a file: what its first bytes show counts more than its name. Null when neither tells.
 *
 * @throws {AppError} FILE_PROTECTED, FILE_UNSUPPORTED, FILE_DAMAGED, FILE_TOO_COMPLEX when the first bytes say so
 */
export async function readerFor(bytes: Uint8Array, path: string): Promise<FormatReader | null> {
  const name = named(path)
  // README, Makefile: whether it is text shows when it is decoded
  const format = signature(bytes, name) ?? name ?? (extname(path) === '' ? 'code' : undefined)
  return format === undefined ? null : readers[format]()
}
