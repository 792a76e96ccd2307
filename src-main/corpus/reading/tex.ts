import { collapsed, type FormatReader, fileTitle, plainDocument } from './document.ts'
import { decodeText } from './encoding.ts'

const LEVELS = ['part', 'chapter', 'section', 'subsection', 'subsubsection', 'paragraph']
/** A sectioning command, or the title, with an argument that may hold one more pair of braces. */
const COMMAND = new RegExp(
  `^[^\\S\\n]*\\\\(title|${LEVELS.join('|')})\\*?\\s*(?:\\[[^\\]\\n]*\\])?\\{((?:[^{}\\n]|\\{[^{}\\n]*\\})*)\\}`,
  'gm',
)

const plain = (argument: string): string =>
  collapsed(
    argument
      .replace(/\\(?:label|thanks|footnote)\{[^{}]*\}/g, '')
      .replace(/\\[a-zA-Z]+\*?|[{}]/g, '')
      .replaceAll('~', ' '),
  )

/** LaTeX: the source itself, with the headings that its sectioning commands make. */
export const readTex: FormatReader = (bytes, path) => {
  const text = decodeText(bytes)
  const found = [...text.matchAll(COMMAND)].map((match) => ({
    command: match[1] ?? '',
    text: plain(match[2] ?? ''),
    offset: match.index + match[0].indexOf('\\'),
  }))
  const title = found.find(({ command }) => command === 'title')?.text
  const headings = found
    .filter((entry) => entry.command !== 'title' && entry.text !== '')
    .map((entry) => ({ level: LEVELS.indexOf(entry.command) + 1, text: entry.text, offset: entry.offset }))
  return plainDocument(title || fileTitle(path), text, { headings })
}
