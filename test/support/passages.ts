import type { Passage, PassageHit } from '../../src-main/contract/index.ts'

/** A passage with sensible values for what a test does not care about. */
export function passage(id: string, text: string, fields: Partial<Passage> = {}): Passage {
  return {
    id,
    libraryId: 'library',
    fileId: 'file',
    title: '',
    headings: [],
    path: 'file.md',
    page: null,
    start: 0,
    end: text.length,
    text,
    ...fields,
  }
}

/** A hit with sensible values for what a test does not care about. */
export function hit({ id = 'passage', text = 'Some text.', ...fields }: Partial<PassageHit> = {}): PassageHit {
  return { ...passage(id, text), title: 'Title', rank: 1, score: 1, stages: {}, matches: [], ...fields }
}
