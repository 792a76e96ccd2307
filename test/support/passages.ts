import type { PassageHit } from '../../src-main/contract/index.ts'

/** A hit with sensible values for what a test does not care about. */
export function hit(fields: Partial<PassageHit> = {}): PassageHit {
  const text = fields.text ?? 'Some text.'
  return {
    id: 'passage',
    libraryId: 'library',
    fileId: 'file',
    title: 'Title',
    headings: [],
    path: 'file.md',
    page: null,
    start: 0,
    end: text.length,
    text,
    rank: 1,
    score: 1,
    stages: {},
    matches: [],
    ...fields,
  }
}
