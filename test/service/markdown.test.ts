import fc from 'fast-check'
import { marked, type Token } from 'marked'
import { expect, test } from 'vitest'
import { type Exchange, emptyTrace, type PassageHit, type Thread } from '../../src-main/contract/index.ts'
import { threadMarkdown } from '../../src-main/service/markdown.ts'

/** A thread with one answered question, whose every text is `text`. */
function exported(text: string): string {
  const thread: Thread = { id: 't', title: text, createdAt: 0, updatedAt: 0, questions: 1 }
  const hit: PassageHit = {
    id: 'p',
    libraryId: 'l',
    fileId: 'f',
    title: text,
    headings: [],
    path: text,
    page: 1,
    start: 0,
    end: 1,
    text,
    rank: 1,
    score: 1,
    stages: {},
    matches: [],
  }
  const exchange: Exchange = {
    id: 'e',
    threadId: 't',
    jobId: 'j',
    question: text,
    libraryId: 'l',
    modelId: 'm',
    createdAt: 0,
    lastSeq: 1,
    trace: {
      ...emptyTrace(text),
      library: { id: 'l', name: text },
      model: { id: 'm', name: text },
      turns: [
        {
          turn: 1,
          texts: [
            { part: 'thinking', text },
            { part: 'outside', text },
          ],
          search: { query: text, hits: [hit], shown: 1, ms: 1 },
          invalid: false,
          limits: [],
          usage: null,
        },
      ],
      answer: text,
      outcome: 'answered',
    },
  }
  return threadMarkdown(thread, [exchange])
}

/** Everything that a Markdown viewer makes of it; a bare address that it links by itself shows where it leads. */
function kinds(markdown: string): Set<string> {
  const found = new Set<string>()
  marked.walkTokens(marked.lexer(markdown), (token: Token) => {
    if (token.type !== 'link' || token.raw !== token['text']) found.add(token.type)
  })
  return found
}

const expected = [
  'heading',
  'paragraph',
  'blockquote',
  'list',
  'list_item',
  'text',
  'escape',
  'strong',
  'em',
  'space',
  'br',
]

test('nothing of a document, a model or a person acts in the export', () => {
  const piece = fc.constantFrom(
    ...'`*_{}[]()<>|~#!&\\-+=.:/"1\n\t ',
    ...['<script>', '<!--', '![x](http://evil/y)', '[a]: http://evil', '```', '---', '    ', '\n\n', '&lt;', 'word'],
    ...['\u001b[31m', '\u202e', '\u0000', '\r', '</answer>'],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const markdown = exported(pieces.join(''))
      expect([...kinds(markdown)].filter((kind) => !expected.includes(kind))).toEqual([])
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out
      expect(markdown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/)
    }),
    { numRuns: 1000 },
  )
})

test('plain words stay as they are', () => {
  expect(exported('Who founded Pathel Guild?')).toContain(
    '## Who founded Pathel Guild?\n\n**Who founded Pathel Guild?**',
  )
})
