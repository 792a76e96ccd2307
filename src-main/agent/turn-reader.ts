import type { TextPart } from '../contract/index.ts'
import { elements } from './protocol.ts'

const TAGS: readonly string[] = elements.flatMap((name) => [`<${name}>`, `</${name}>`])
const LONGEST = Math.max(...TAGS.map((tag) => tag.length))

const OPENS: Record<string, TextPart> = {
  '<think>': 'thinking',
  '<search>': 'query',
  '<answer>': 'answer',
}

/** Length of the longest end of `text` that could still grow into a tag. */
function heldBack(text: string): number {
  for (let length = Math.min(LONGEST - 1, text.length); length > 0; length--) {
    const tail = text.slice(-length)
    if (TAGS.some((tag) => tag.startsWith(tail))) return length
  }
  return 0
}

/** Reads a turn as it is written and tells its parts without their tags. */
export interface TurnReader {
  push(piece: string): void
  /** The turn is over: what was held back comes out. */
  end(): void
}

/**
 * Splits a streaming turn into parts. Tags never come out, not even by halves; white space at both ends of a part is
 * dropped.
 */
export function createTurnReader(emit: (part: TextPart, text: string) => void): TurnReader {
  let part: TextPart = 'outside'
  let pending = ''
  let space = ''
  let begun = false

  const tell = (text: string): void => {
    const rest = begun ? text : text.trimStart()
    const body = rest.trimEnd()
    if (body === '') {
      if (begun) space += rest
      return
    }
    emit(part, space + body)
    begun = true
    space = rest.slice(body.length)
  }

  const enter = (next: TextPart): void => {
    part = next
    begun = false
    space = ''
  }

  const drain = (): void => {
    for (;;) {
      const found = TAGS.map((tag) => ({ tag, at: pending.indexOf(tag) }))
        .filter(({ at }) => at >= 0)
        .sort((a, b) => a.at - b.at)[0]
      if (!found) break
      tell(pending.slice(0, found.at))
      enter(OPENS[found.tag] ?? 'outside')
      pending = pending.slice(found.at + found.tag.length)
    }
    const keep = heldBack(pending)
    tell(pending.slice(0, pending.length - keep))
    pending = pending.slice(pending.length - keep)
  }

  return {
    push(piece) {
      pending += piece
      drain()
    },
    end() {
      tell(pending)
      pending = ''
    },
  }
}
