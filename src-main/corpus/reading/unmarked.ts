/** Characters that nearly every text has, whatever its script; read in the wrong order of bytes they are none of these. */
const COMMON = /[\t\n\r\u0020-\u007e\u3001\u3002\uff0c\u060c\u0964]/g
/** What no text has: controls, lone surrogates, private and unassigned characters. */
const ODD = /[^\P{C}\t\n\f\r\ufeff\p{Cf}]/gu
const COUNTED = 32 * 1024

const matches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

const blocks = (text: string): number => new Set(Array.from(text, (character) => character.charCodeAt(0) >> 8)).size

/** Whether in all groups of four bytes only those of a code point below U+110000 are not 0. */
function isUtf32(sample: Uint8Array, high: 0 | 3): boolean {
  const second = high === 3 ? 2 : 1
  for (let i = 0; i + 3 < sample.length; i += 4) {
    if (sample[i + high] !== 0 || (sample[i + second] as number) > 0x10) return false
  }
  return sample.length >= 4
}

/**
 * UTF-16 or UTF-32 without a byte order mark, of bytes among which are NULs (spaces and line ends have one in every
 * script). The order of bytes is the one in which there are more of the common characters. Null: it is neither.
 */
export function unmarkedUnicode(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be' | null {
  const sample = bytes.subarray(0, COUNTED)
  if (bytes.length % 4 === 0) {
    if (isUtf32(sample, 3)) return 'utf-32le'
    if (isUtf32(sample, 0)) return 'utf-32be'
  }
  const whole = sample.subarray(0, sample.length & ~1)
  const swapped = Buffer.from(whole).swap16()
  const readings = ([whole, swapped] as const).map((view, i) => {
    // the last unit may be half a character
    const text = new TextDecoder('utf-16le').decode(view).replace(/\ufffd$/, '')
    return { encoding: i === 0 ? ('utf-16le' as const) : ('utf-16be' as const), text }
  })
  const plausible = readings.filter(({ text }) => matches(text, ODD) + matches(text, /\ufffd/g) <= text.length / 500)
  const [best] = plausible
    .map(({ encoding, text }) => ({ encoding, common: matches(text, COMMON), blocks: blocks(text) }))
    .sort((a, b) => b.common - a.common || a.blocks - b.blocks)
  return best?.encoding ?? null
}
