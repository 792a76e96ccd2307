import { analyse } from 'chardet'
import iconv from 'iconv-lite'

/** Confidence (of 100) below which statistics are doubted. */
const UNSURE = 90
/** Encodings that the statistics do not know (of DOS, of old Macs, of Thai) or not well. */
const UNKNOWN_TO_STATISTICS = ['cp850', 'macintosh', 'cp866', 'windows-874', 'windows-1250']
/** A reading must fit so well to be taken in the place of one that fits worse than {@link POOR}. */
const GOOD = 0.97
const POOR = 0.9

/**
 * Whether a few bytes that statistics say little about are Japanese in Shift_JIS: characters of two bytes follow each
 * other (elsewhere, accents and quotation marks mostly stand alone), and their first byte is one of the common ones.
 */
function isShiftJis(sample: Uint8Array): boolean {
  let characters = 0
  let common = 0
  let runs = 0
  let inRun = false
  for (let i = 0; i < sample.length; i++) {
    const lead = sample[i] as number
    const trail = sample[i + 1] ?? 0
    if (lead < 0x80) {
      inRun = false
      continue
    }
    const two = (lead >= 0x81 && lead <= 0x9f) || (lead >= 0xe0 && lead <= 0xfc)
    if (!two || trail < 0x40 || trail === 0x7f || trail > 0xfc) return false
    if (!inRun) runs++
    inRun = true
    characters++
    if (lead <= 0x98 || lead >= 0xfa) common++
    i++
  }
  return characters >= 2 * runs && common >= 0.8 * characters
}

const LETTER = /[\p{L}\p{M}]/u
const UPPER = /\p{Lu}/u
const LOWER = /\p{Ll}/u

/**
 * How well the characters that are not ASCII fit to what stands around them, from 0 to 1: letters in words, small ones
 * after others, capitals at the beginning or among capitals, signs outside of words.
 */
function plausibility(text: string): number {
  let all = 0
  let fitting = 0
  const characters = Array.from(text)
  for (const [i, character] of characters.entries()) {
    if (character < '\u0080') continue
    const before = characters[i - 1] ?? ' '
    const after = characters[i + 1] ?? ' '
    all++
    if (LETTER.test(character)) {
      if (UPPER.test(character)) fitting += LETTER.test(before) && !UPPER.test(before) ? 0 : 1
      else if (LOWER.test(character)) fitting += LETTER.test(before) || LETTER.test(after) ? 1 : 0
      else fitting += 1
    } else if (character === '’') fitting += 1
    else fitting += (LETTER.test(before) && LETTER.test(after)) || /[\p{C}\ufffd]/u.test(character) ? 0 : 1
  }
  return all === 0 ? 1 : fitting / all
}

/** What statistics, and where these are in doubt the look of the text, say about bytes without any sign of their encoding. */
export function guessEncoding(sample: Uint8Array): string {
  const [best] = analyse(sample)
  if ((best?.confidence ?? 0) < UNSURE && isShiftJis(sample)) return 'shift_jis'
  const name = best?.name ?? 'windows-1252'
  // the same but for signs that nobody writes any more, in the place of Ukrainian letters
  if (name === 'KOI8-R') return 'koi8-u'
  if (!iconv.encodingExists(name)) return name
  const bytes = Buffer.from(sample)
  const readingsOf = (encoding: string) => ({ encoding, fit: plausibility(iconv.decode(bytes, encoding)) })
  if (readingsOf(name).fit >= POOR) return name
  const other = UNKNOWN_TO_STATISTICS.map(readingsOf).sort((a, b) => b.fit - a.fit)[0]
  return other && other.fit >= GOOD ? other.encoding : name
}

const ESC = 0x1b
const SHIFT_OUT = 0x0e
const SHIFT_IN = 0x0f

/**
 * Text in one of the seven-bit encodings of East Asia (ISO 2022: RFC 1468, 1557, 1922), which only escape sequences tell
 * from ASCII. Null: it is none of these.
 */
export function decodeSevenBit(bytes: Uint8Array): string | null {
  if (!bytes.includes(ESC)) return null
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.includes('\x1b$B') || view.includes('\x1b$@')) return new TextDecoder('iso-2022-jp').decode(bytes)
  const designated = view.includes('\x1b$)C') ? 'euc-kr' : view.includes('\x1b$)A') ? 'gb18030' : null
  if (!designated) return null
  // between the two shifts stand the bytes of EUC without their highest bit
  const out = Buffer.alloc(bytes.length)
  let length = 0
  let shifted = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === ESC && bytes[i + 1] === 0x24 && bytes[i + 2] === 0x29) i += 3
    else if (byte === SHIFT_OUT) shifted = true
    else if (byte === SHIFT_IN) shifted = false
    else out[length++] = shifted && byte > 0x20 ? byte | 0x80 : byte
  }
  return iconv.decode(out.subarray(0, length), designated)
}
