import type { EvidenceText } from '../../contract/index.ts'
import type { Generate, WriteQuestion } from './ports.ts'

/** Tokens that a model may note. */
const MAX_TOKENS = 120

/** "The founder of Pathel Guild is Prurklo Cirholt." */
export interface Note {
  relation: string
  /** With its article, if it has one. */
  subject: string
  object: string
}

/** How an article with notes on it begins, in the form in which the micro models read them. */
export const notesOpening = ({ title, text }: EvidenceText): string => `${title}\n${text}\n\nNotes:\n`

/** Each different note in what a model wrote; a last line that was not finished is none. */
export function parseNotes(written: string): Note[] {
  const notes = new Map<string, Note>()
  for (const [line, relation, subject, object] of written.matchAll(/^The (.+?) of (.+?) is (.+)\.$/gm)) {
    notes.set(line, { relation: relation as string, subject: subject as string, object: object as string })
  }
  return [...notes.values()]
}

const isAbout = ({ subject }: Note, { title }: EvidenceText): boolean =>
  subject.replace(/^the /, '').toLowerCase() === title.toLowerCase()

/** One of a list, by any whole number. */
const oneOf = <T>(list: readonly T[], pick: number): T | null => list[pick % Math.max(1, list.length)] ?? null

/**
 * A writer for models that cannot be told what to do but take notes on what they read: a note is asked for, and over two
 * passages the note of the first that names the second's title takes that title's place.
 */
export const writeFromNotes =
  (generate: Generate): WriteQuestion =>
  async (passages, pick, signal) => {
    const notesOn = async (passage: EvidenceText): Promise<Note[]> => {
      const written = await generate({ kind: 'text', text: notesOpening(passage) }, MAX_TOKENS, signal)
      return parseNotes(written).filter((note) => isAbout(note, passage))
    }
    const [first, second] = passages
    if (!first) return null
    const notes = await notesOn(first)
    if (!second) {
      const note = oneOf(notes, pick)
      return note && { question: `What is the ${note.relation} of ${note.subject}?`, answer: note.object }
    }
    const bridge = notes.find(({ object }) => object === second.title)
    const note = bridge ? oneOf(await notesOn(second), pick) : null
    return bridge && note
      ? {
          question: `What is the ${note.relation} of the ${bridge.relation} of ${bridge.subject}?`,
          answer: note.object,
        }
      : null
  }
