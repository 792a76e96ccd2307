import iconv from 'iconv-lite'
import { collapsed, type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'

/** Groups that hold no text of the document. Those that begin with `\*` are skipped as well. */
const SKIPPED = new Set(
  `fonttbl colortbl stylesheet listtable listoverridetable revtbl rsidtbl generator pict object objdata themedata
   colorschememapping datastore latentstyles header headerl headerr headerf footer footerl footerr footerf xmlnstbl
   fldinst bkmkstart bkmkend nonshppict filetbl info`.split(/\s+/),
)
const CHARACTERS: Record<string, string> = {
  tab: '\t',
  line: '\n',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  emspace: ' ',
  enspace: ' ',
}
/** Windows' code pages by the character sets of fonts (RTF 1.9.1, font table). */
const CHARSETS: Record<number, number> = {
  0: 1252,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
}
const MAX_DEPTH = 2000

/** What holds inside of a group, until its end. */
interface State {
  skip: boolean
  /** The group is the font table, or names the document. */
  table: 'fonts' | 'title' | null
  codepage: number
  /** How many characters after `\u` stand for the same character in programs without Unicode. */
  fallback: number
}

/** A control word with its number, a control symbol, a brace, a byte in hexadecimal, or a run of text. */
const TOKEN = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\/g

/** Rich text (RTF 1.9.1): paragraphs, headings by their outline level, tables; no pictures. */
export const readRtf: FormatReader = (bytes, path) => {
  const source = Buffer.from(bytes).toString('latin1')
  const layout = new TextLayout()
  const fonts = new Map<number, number>()
  const stack: State[] = []
  let state: State = { skip: false, table: null, codepage: 1252, fallback: 1 }
  let line = ''
  let pending: number[] = []
  let title = ''
  let font = 0
  let level: number | null = null
  let dropped = 0
  let cells: string[] | null = null
  let rows: string[][] = []

  /** Bytes are decoded together: a character may take two. */
  const settle = (): void => {
    if (pending.length === 0) return
    const encoding = `cp${state.codepage}`
    line += iconv.decode(Buffer.from(pending), iconv.encodingExists(encoding) ? encoding : 'cp1252')
    pending = []
  }
  const add = (text: string): void => {
    settle()
    line += text
  }
  const endTable = (): void => {
    if (rows.length > 0) layout.table(rows, rows.length > 1 ? 0 : null)
    rows = []
  }
  const endParagraph = (): void => {
    settle()
    if (cells) {
      line += ' '
      return
    }
    endTable()
    if (level !== null) layout.heading(level, line)
    else layout.block(line)
    line = ''
  }

  const word = (name: string, number: number | null): void => {
    if (SKIPPED.has(name)) {
      state.skip = true
      if (name === 'fonttbl') state.table = 'fonts'
    } else if (name === 'title' && state.skip) state.table = 'title'
    else if (name === 'ansicpg' && number) state.codepage = number
    else if (name === 'f' && number !== null) {
      font = number
      if (state.table !== 'fonts') {
        settle()
        state.codepage = fonts.get(number) ?? state.codepage
      }
    } else if (name === 'fcharset' && number !== null && state.table === 'fonts') {
      const codepage = CHARSETS[number]
      if (codepage !== undefined) fonts.set(font, codepage)
    } else if (name === 'uc' && number !== null) state.fallback = Math.max(0, number)
    else if (state.skip) return
    else if (name === 'u' && number !== null) {
      add(String.fromCharCode(number & 0xffff))
      dropped = state.fallback
    } else if (name === 'par' || name === 'sect' || name === 'page') endParagraph()
    else if (name === 'pard') {
      settle()
      level = null
      cells = null
    } else if (name === 'outlinelevel' && number !== null) level = number < 9 ? number + 1 : null
    else if (name === 'intbl') cells ??= []
    else if (name === 'trowd') cells = []
    else if (name === 'cell') {
      settle()
      cells ??= []
      cells.push(collapsed(line))
      line = ''
    } else if (name === 'row') {
      rows.push(cells ?? [])
      cells = []
    } else {
      const character = CHARACTERS[name]
      if (character !== undefined) add(character)
    }
  }

  for (const [, name, number, hex, symbol, brace, text] of source.matchAll(TOKEN)) {
    if (brace === '{') {
      settle()
      if (stack.push(state) > MAX_DEPTH) throw fileErrors.tooComplex(`more than ${MAX_DEPTH} groups inside each other`)
      state = { ...state }
      dropped = 0
    } else if (brace === '}') {
      settle()
      state = stack.pop() ?? state
      dropped = 0
    } else if (name !== undefined) word(name, number === undefined ? null : Number(number))
    else if (symbol === '*') state.skip = true
    else if (state.table === 'title' && text !== undefined) title += text
    else if (state.skip) continue
    else if (dropped > 0 && (hex !== undefined || text !== undefined)) {
      const rest = text?.slice(dropped) ?? ''
      dropped = Math.max(0, dropped - (text?.length ?? 1))
      if (rest !== '') for (const character of rest) pending.push(character.charCodeAt(0))
    } else if (hex !== undefined) pending.push(Number.parseInt(hex, 16))
    else if (text !== undefined) for (let i = 0; i < text.length; i++) pending.push(text.charCodeAt(i))
    else if (symbol === '~') add('\u00a0')
    else if (symbol === '_') add('\u2011')
    else if (symbol === '-') add('\u00ad')
    else if (symbol === '\n' || symbol === '\r') endParagraph()
    else if (symbol === '\\' || symbol === '{' || symbol === '}') add(symbol)
  }
  cells = null
  endParagraph()
  endTable()
  return layout.document(collapsed(title) || layout.headings.find((h) => h.level === 1)?.text || fileTitle(path))
}
