import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { decodeText } from './encoding.ts'
import { fileErrors } from './errors.ts'
import { markdownHeadings } from './markdown.ts'

/** Longer outputs are cut off: they are mostly logs. */
const MAX_OUTPUT = 2000

type Json = Record<string, unknown>

const records = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : []
/** Notebooks store text as one string or as lines. */
const joined = (value: unknown): string =>
  Array.isArray(value)
    ? value.filter((line) => typeof line === 'string').join('')
    : typeof value === 'string'
      ? value
      : ''

function outputText(output: Json): string {
  const data = (output['data'] ?? {}) as Json
  return joined(output['text'] ?? data['text/plain']).slice(0, MAX_OUTPUT)
}

/** Jupyter notebooks (nbformat 3 and 4): text cells with their headings, code, and what it printed. */
export const readNotebook: FormatReader = (bytes, path) => {
  let notebook: Json
  try {
    notebook = (JSON.parse(decodeText(bytes)) ?? {}) as Json
  } catch (error) {
    throw fileErrors.damaged(error)
  }
  const cells = [notebook, ...records(notebook['worksheets'])].flatMap((sheet) => records(sheet['cells']))
  const layout = new TextLayout()
  for (const cell of cells) {
    const source = joined(cell['source'] ?? cell['input'])
    if (cell['cell_type'] === 'heading') {
      layout.heading(Number(cell['level']) || 1, source)
      continue
    }
    const text = source.replace(/\r\n?/g, '\n').trim()
    const offset = layout.block(text)
    if (cell['cell_type'] === 'markdown' && text !== '') {
      for (const heading of markdownHeadings(text)) {
        layout.headings.push({ ...heading, offset: offset + heading.offset })
      }
    }
    for (const output of records(cell['outputs'])) layout.block(outputText(output))
  }
  return layout.document(layout.headings.find((h) => h.level === 1)?.text ?? fileTitle(path))
}
