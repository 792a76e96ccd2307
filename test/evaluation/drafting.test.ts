import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Passage } from '../../src-main/contract/index.ts'
import { checkDraft, isSound } from '../../src-main/evaluation/drafting/check.ts'
import { findPair, placeInWalk } from '../../src-main/evaluation/drafting/choose.ts'
import { instruction, parseReply, writeByInstructions } from '../../src-main/evaluation/drafting/instructions.ts'
import { parseNotes, writeFromNotes } from '../../src-main/evaluation/drafting/notes.ts'

const passage = (id: string, title: string, text: string): Passage => ({
  id,
  libraryId: 'l',
  fileId: 'f',
  title,
  headings: [],
  path: 'f.txt',
  page: null,
  start: 0,
  end: text.length,
  text,
})
const guild = passage(
  'g',
  'Pathel Guild',
  'Pathel Guild was founded by Prurklo Cirholt. It makes pottery and has 124 workers.',
)
const person = passage('p', 'Prurklo Cirholt', 'Prurklo Cirholt was born in Tolmton and became a baker at a young age.')

describe('a reply to an instruction', () => {
  it.each([
    ['Question: Who founded it?\nAnswer: Ann', 'Who founded it?', 'Ann'],
    [
      '<think>Question: no\nAnswer: no</think>\n\n**Question:** Who founded it?\n**Answer:** "Ann Lee."',
      'Who founded it?',
      'Ann Lee',
    ],
    ['1. Question 1: Who founded it?\n   Answer 1: Ann\nQuestion 2: And?\nAnswer 2: B', 'Who founded it?', 'Ann'],
    ['Here you are:\n```json\n{"question": "Who founded it?", "answer": 1999}\n```', 'Who founded it?', '1999'],
    ['Q: Wer war es?\nA: Änne', 'Wer war es?', 'Änne'],
  ])('is read out of %j', (reply, question, answer) => {
    expect(parseReply(reply)).toEqual({ question, answer })
  })

  it.each([
    ['nothing', ''],
    ['no answer', 'Question: Who?'],
    ['an answer without a word', 'Question: Who?\nAnswer: the'],
    ['a question about the text itself', 'Question: What does the passage say?\nAnswer: Ann'],
    ['an essay', `Question: Who?\nAnswer: ${'long '.repeat(60)}`],
    ['thinking that never ends', '<think>Question: Who?\nAnswer: Ann'],
  ])('is none with %s', (_, reply) => {
    expect(parseReply(reply)).toBeNull()
  })

  it('never fails, and gives back what was said in the form that was asked for', () => {
    fc.assert(
      fc.property(fc.string(), (reply) => {
        const read = parseReply(reply)
        if (read) expect(read.question.length * read.answer.length).toBeGreaterThan(0)
      }),
    )
    const words = fc.stringMatching(/^[A-Za-z][a-z]{2,8}( [a-z]{2,8}){0,5}$/)
    fc.assert(
      fc.property(words, words, (question, answer) => {
        fc.pre(
          !/passage|text|document|paragraph|excerpt/i.test(question) && !/^(a|an|the)( (a|an|the))*$/i.test(answer),
        )
        expect(parseReply(`Question: ${question}?\nAnswer: ${answer}`)).toEqual({ question: `${question}?`, answer })
      }),
    )
  })

  it('comes from a message that holds the passages', async () => {
    const said: string[] = []
    const write = writeByInstructions(async (task) => {
      said.push(task.text)
      return 'Question: Who?\nAnswer: Ann'
    })
    expect(await write([guild, person], 0)).toEqual({ question: 'Who?', answer: 'Ann' })
    expect(said).toEqual([instruction([guild, person])])
    expect(said[0]).toMatch(/Passage 1: Pathel Guild\n[\s\S]*Passage 2: Prurklo Cirholt\n/)
    expect(instruction([guild])).not.toContain('Passage 2')
  })
})

describe('notes', () => {
  it('are read line by line, each once, without the last one that was cut off', () => {
    const written =
      'The founder of X is Ann Lee.\nThe year of the Y lamp is 1999.\nThe founder of X is Ann Lee.\nso\nThe product of X is cl'
    expect(parseNotes(written)).toEqual([
      { relation: 'founder', subject: 'X', object: 'Ann Lee' },
      { relation: 'year', subject: 'the Y lamp', object: '1999' },
    ])
  })

  it('become questions about one passage, and about two where one leads to the other', async () => {
    const notes: Record<string, string> = {
      'Pathel Guild':
        'The product of Pathel Guild is pottery.\nThe founder of Pathel Guild is Prurklo Cirholt.\nThe mayor of Rome is Ann.\n',
      'Prurklo Cirholt': 'The profession of Prurklo Cirholt is baker.\n',
    }
    const write = writeFromNotes(async ({ text }) => notes[text.split('\n')[0] ?? ''] ?? '')
    expect(await write([guild], 0)).toEqual({ question: 'What is the product of Pathel Guild?', answer: 'pottery' })
    expect(await write([guild], 3)).toEqual({
      question: 'What is the founder of Pathel Guild?',
      answer: 'Prurklo Cirholt',
    })
    expect(await write([guild, person], 0)).toEqual({
      question: 'What is the profession of the founder of Pathel Guild?',
      answer: 'baker',
    })
    expect(await write([person, guild], 0)).toBeNull()
    expect(await write([passage('x', 'Nothing', 'noted')], 0)).toBeNull()
  })
})

describe('checks', () => {
  /** A model that knows by heart what it is told, and finds what no withheld passage keeps from it. */
  const trial = (
    knows: string | null = null,
    answer: string | null = 'baker',
    needs: readonly string[] = ['g', 'p'],
  ) => ({
    same: () => null,
    closedBook: async () => knows,
    play: async (_: string, without: ReadonlySet<string>) => (needs.some((id) => without.has(id)) ? 'nobody' : answer),
  })
  const written = { question: 'What is the profession of the founder of Pathel Guild?', answer: 'baker' }

  it('pass a question that needs both of its passages', async () => {
    const checks = await checkDraft(written, [guild, person], trial())
    expect(checks.map(({ kind }) => kind)).toEqual(['in-passage', 'new', 'closed-book', 'with-library', 'needs-both'])
    expect(isSound(checks)).toBe(true)
  })

  it.each([
    ['in-passage', 'an answer that stands nowhere', { ...written, answer: 'miller' }, trial()],
    [
      'in-passage',
      'an answer that the first passage holds already',
      { ...written, answer: 'Prurklo Cirholt' },
      trial(),
    ],
    ['in-passage', 'a question that gives its answer away', { ...written, question: 'Is he a baker?' }, trial()],
    ['new', 'one that was asked before', written, { ...trial(), same: () => 'the other' }],
    ['closed-book', 'one that is known by heart', written, trial('A baker, I think.')],
    ['with-library', 'one that the model gets wrong', written, trial(null, 'miller')],
    ['with-library', 'one that it does not answer', written, trial(null, null)],
    ['needs-both', 'one that one passage is enough for', written, trial(null, 'baker', ['p'])],
  ])('fail at %s: %s', async (kind, _, one, how) => {
    const checks = await checkDraft(one, [guild, person], how)
    expect(checks.at(-1)).toMatchObject({ kind, passed: false })
    expect(checks.filter(({ passed }) => !passed)).toHaveLength(1)
  })
})

describe('the choice of passages', () => {
  it('comes to each passage once before it comes to one again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(2 ** 26 - 1), (passages, seed) => {
        const places = Array.from({ length: passages }, (_, n) => placeInWalk(n, passages, seed))
        expect(new Set(places).size).toBe(passages)
        expect(Math.min(...places)).toBe(0)
        expect(Math.max(...places)).toBe(passages - 1)
      }),
    )
  })

  it('pairs passages of which one names the other, in the order of the question', async () => {
    const search = async () => [
      guild,
      person,
      passage('x', 'Other', 'Something else that is long enough to be asked about, too.'),
    ]
    expect(await findPair(guild, search, 0)).toEqual([guild, person])
    expect(await findPair(person, search, 0)).toEqual([guild, person])
    expect(await findPair(passage('x', 'Other', 'Nothing named'), search, 0)).toBeNull()
  })
})
