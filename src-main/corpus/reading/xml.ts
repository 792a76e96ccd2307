import { Parser } from 'htmlparser2'
import { fileErrors } from './errors.ts'

/** Deeper elements mean that somebody wants to see a program fail. */
const MAX_DEPTH = 1000

/** Hears about elements and text as they come. Names are without their namespace's prefix, attributes' are with it. */
export interface XmlHandler {
  open?(name: string, attributes: Readonly<Record<string, string>>): void
  close?(name: string): void
  text?(text: string): void
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

/**
 * Goes through XML once, without building a tree. Entities that the file itself declares stay as they are, so nothing
 * is expanded or fetched.
 *
 * @throws {AppError} FILE_TOO_COMPLEX when elements are nested too deeply
 */
export function parseXml(xml: string, { open, close, text }: XmlHandler): void {
  let depth = 0
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (++depth > MAX_DEPTH) throw fileErrors.tooComplex(`more than ${MAX_DEPTH} elements inside each other`)
        open?.(local(name), attributes)
      },
      onclosetag(name) {
        depth--
        close?.(local(name))
      },
      ontext: (part) => text?.(part),
    },
    { xmlMode: true },
  )
  parser.end(xml)
}

/** The text of the first element with this name; empty when there is none. */
export function elementText(xml: string | null, name: string): string {
  let found = ''
  let state: 'before' | 'inside' | 'after' = 'before'
  parseXml(xml ?? '', {
    open(element) {
      if (element === name && state === 'before') state = 'inside'
    },
    close(element) {
      if (element === name && state === 'inside') state = 'after'
    },
    text(part) {
      if (state === 'inside') found += part
    },
  })
  return found.replace(/\s+/g, ' ').trim()
}

/** The text of the paragraphs (or of whatever else has this name) of an Office part, without those that hold none. */
export function paragraphs(xml: string, name = 'p'): string[] {
  const found: string[] = []
  const open: string[] = []
  let inText = false
  parseXml(xml, {
    open(element) {
      if (element === name) open.push('')
      else if (element === 't') inText = true
      else if ((element === 'tab' || element === 'br') && open.length > 0) open[open.length - 1] += ' '
    },
    close(element) {
      if (element === 't') inText = false
      else if (element === name) {
        const text = open.pop()?.replace(/\s+/g, ' ').trim()
        if (text) found.push(text)
      }
    },
    text(part) {
      if (inText && open.length > 0) open[open.length - 1] += part
    },
  })
  return found
}
