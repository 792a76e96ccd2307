/** A stretch of a piece of text on a page; `from` and `to` are shares of its width. */
export interface PieceMark {
  piece: number
  from: number
  to: number
}

/** Letters and digits that are looked for at a time: enough to be found in one place of a page only. */
const CHUNK = 24
/** Fewer of them at a page's end are chance. */
const SHORTEST = 6

const telling = /[\p{L}\p{N}]/u

/** The letters and digits of a text, without case and compatibility forms, with where each stands. */
function letters(text: string): { key: string; at: number[] } {
  let key = ''
  const at: number[] = []
  let offset = 0
  for (const character of text) {
    for (const letter of character.normalize('NFKC').toLowerCase()) {
      if (!telling.test(letter)) continue
      key += letter
      for (let unit = 0; unit < letter.length; unit++) at.push(offset)
    }
    offset += character.length
  }
  return { key, at }
}

/** Marks what a page has of a chunk that begins at its foot or ends at its head. */
function markEnds(all: string, chunk: string, marked: Uint8Array): void {
  for (let length = Math.min(chunk.length, all.length); length >= SHORTEST; length--) {
    if (all.endsWith(chunk.slice(0, length))) return void marked.fill(1, all.length - length)
    if (all.startsWith(chunk.slice(-length))) return void marked.fill(1, 0, length)
  }
}

/**
 * Where a text stands among the pieces of a page, as pdf.js gives them. Only letters and digits are compared, chunk by
 * chunk, each where the one before ended or else at the next place: line ends, hyphens, columns and a page's end in the
 * middle of the text do not matter.
 */
export function findOnPage(pieces: readonly string[], wanted: string): PieceMark[] {
  const page = pieces.map(letters)
  const starts: number[] = []
  let all = ''
  for (const { key } of page) {
    starts.push(all.length)
    all += key
  }
  const { key } = letters(wanted)
  const marked = new Uint8Array(all.length)
  let last = 0
  for (let begin = 0; begin < key.length; begin += CHUNK) {
    const chunk = key.slice(Math.max(0, Math.min(begin, key.length - CHUNK)), begin + CHUNK)
    const next = all.indexOf(chunk, last)
    const found = next === -1 ? all.indexOf(chunk) : next
    if (found !== -1) {
      marked.fill(1, found, found + chunk.length)
      last = found + chunk.length
    } else markEnds(all, chunk, marked)
  }
  return page.flatMap(({ key: own, at }, piece) => {
    const start = starts[piece] as number
    const first = marked.subarray(start, start + own.length).indexOf(1)
    if (first === -1) return []
    const end = marked.subarray(start, start + own.length).lastIndexOf(1) + 1
    const length = pieces[piece]?.length ?? 0
    return [{ piece, from: (at[first] as number) / length, to: end === own.length ? 1 : (at[end] as number) / length }]
  })
}

/** A word on a page; see the contract's `RecognizedWord`. */
interface PlacedWord {
  line: number
  left: number
  top: number
  width: number
  height: number
}

/** One box around marked words that follow each other on a line. A word is marked as a whole. */
export function lineBoxes(words: readonly PlacedWord[], marks: readonly PieceMark[]): Omit<PlacedWord, 'line'>[] {
  const boxes: Omit<PlacedWord, 'line'>[] = []
  let before: number | null = null
  for (const { piece } of marks) {
    const word = words[piece]
    if (!word) continue
    const { line, ...own } = word
    const box = boxes.at(-1)
    if (box && before === piece - 1 && words[before]?.line === line) {
      const right = Math.max(box.left + box.width, own.left + own.width)
      const bottom = Math.max(box.top + box.height, own.top + own.height)
      const [left, top] = [Math.min(box.left, own.left), Math.min(box.top, own.top)]
      boxes[boxes.length - 1] = { left, top, width: right - left, height: bottom - top }
    } else boxes.push(own)
    before = piece
  }
  return boxes
}
