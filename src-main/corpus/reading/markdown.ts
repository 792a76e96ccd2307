import { Lexer, type Token } from 'marked'
import { collapsed, type FormatReader, fileTitle, type Heading, plainDocument } from './document.ts'
import { decodeText } from './encoding.ts'

/** Pictures inside the text, as base64: nothing to read, and often larger than all the rest. */
const DATA_URI = /\bdata:[\w.+-]+\/[\w.+-]+;base64,[\w+/=]{64,}/g
const FRONT_MATTER = /^---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|$)/

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if ('tokens' in token && token.tokens) return plainText(token.tokens)
      if (token.type === 'html') return ''
      return 'text' in token && typeof token.text === 'string' ? token.text : ''
    })
    .join('')
}

function frontMatterTitle(frontMatter: string): string | null {
  const value = /^title:[ \t]*(.+)$/m.exec(frontMatter)?.[1]?.trim()
  return value?.replace(/^(["'])(.*)\1$/, '$2').trim() || null
}

/** The headings of a Markdown text, found by marked's block lexer: its tokens join up to the source again. */
export function markdownHeadings(text: string, from = 0): Heading[] {
  const lexer = new Lexer()
  const headings: Heading[] = []
  let offset = from
  for (const token of lexer.blockTokens(text.slice(from), [])) {
    if (token.type === 'heading') {
      const title = collapsed(plainText(lexer.inlineTokens(token['text'], [])))
      const indent = token.raw.length - token.raw.trimStart().length
      if (title) headings.push({ level: token['depth'], text: title, offset: offset + indent })
    }
    offset += token.raw.length
  }
  return headings
}

/** Markdown (CommonMark and GitHub's additions). The text is the source itself. */
export const readMarkdown: FormatReader = (bytes, path) => {
  const text = decodeText(bytes).replace(DATA_URI, 'data:')
  const frontMatter = FRONT_MATTER.exec(text)?.[0] ?? ''
  const headings = markdownHeadings(text, frontMatter.length)
  const title = frontMatterTitle(frontMatter) ?? headings.find((h) => h.level === 1)?.text ?? fileTitle(path)
  return plainDocument(title, text, { headings })
}
