import { Lexer, type Token } from 'marked'
import { collapsed, type FormatReader, fileTitle, type Heading } from './document.ts'
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

/**
 * Markdown (CommonMark and GitHub's additions). The text is the source itself; its headings are found by marked's block
 * lexer, whose tokens join up to the source again, so that their offsets are exact.
 */
export const readMarkdown: FormatReader = (bytes, path) => {
  const text = decodeText(bytes).replace(DATA_URI, 'data:')
  const frontMatter = FRONT_MATTER.exec(text)?.[0] ?? ''
  const lexer = new Lexer()
  const headings: Heading[] = []
  let offset = frontMatter.length
  for (const token of lexer.blockTokens(text.slice(offset), [])) {
    if (token.type === 'heading') {
      const title = collapsed(plainText(lexer.inlineTokens(token['text'], [])))
      const indent = token.raw.length - token.raw.trimStart().length
      if (title) headings.push({ level: token['depth'], text: title, offset: offset + indent })
    }
    offset += token.raw.length
  }
  return {
    title: frontMatterTitle(frontMatter) ?? headings.find((h) => h.level === 1)?.text ?? fileTitle(path),
    text,
    pageStarts: [],
    pages: null,
    headings,
    collection: false,
  }
}
