import { collapsed, type FormatReader, fileTitle, type Heading, plainDocument } from './document.ts'
import { decodeText } from './encoding.ts'
import { fileErrors } from './errors.ts'

interface Article {
  title: string
  text: string
}

function article(line: string, number: number): Article {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw fileErrors.damaged(`line ${number}: ${error instanceof Error ? error.message : error}`)
  }
  const { title, text } = (value ?? {}) as Record<string, unknown>
  if (typeof text !== 'string' || (title !== undefined && typeof title !== 'string')) {
    throw fileErrors.unsupported(
      'This JSONL file is not a collection of passages.',
      `line ${number}: expected {"id", "title", "text"}`,
    )
  }
  return { title: collapsed((title as string | undefined) ?? ''), text: text.replace(/\r\n?/g, '\n').trim() }
}

/** A passage collection: one JSON object with `title` and `text` per line, as retrieval sets such as BEIR's have them. */
export const readJsonl: FormatReader = (bytes, path) => {
  const parts: string[] = []
  const headings: Heading[] = []
  let length = 0
  const add = (part: string): void => {
    parts.push(part)
    length += part.length
  }
  for (const [index, line] of decodeText(bytes).split('\n').entries()) {
    if (line.trim() === '') continue
    const { title, text } = article(line, index + 1)
    if (text === '') continue
    headings.push({ level: 1, text: title, offset: length })
    add(`${title}\n${text}\n\n`)
  }
  return plainDocument(fileTitle(path), parts.join(''), { headings, collection: true })
}
