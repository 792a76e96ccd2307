import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitOf } from '../../src-main/contract/index.ts'
import { readQuestionFile } from '../../src-main/evaluation/question-file.ts'

const read = (text: string, name: string) => readQuestionFile(text, name)
const plain = (file: ReturnType<typeof read>) => file.questions.map(({ question, answers }) => [question, ...answers])

describe('a file of questions', () => {
  it('is JSON lines, with everything but the question optional', () => {
    const file = read(
      '\uFEFF{"question":" Who? ","answers":["Ann"," B "],"id":7,"gold_passage_ids":["p",2]}\r\n\n{"question":"When?","answer":1999}\n',
      'set.jsonl',
    )
    expect(file).toEqual({
      format: 'jsonl',
      questions: [
        {
          id: '7',
          question: 'Who?',
          answers: ['Ann', 'B'],
          goldPassageIds: ['p', '2'],
          evidence: [],
          tags: [],
          passages: [],
          where: 'line 1',
        },
        {
          id: null,
          question: 'When?',
          answers: ['1999'],
          goldPassageIds: [],
          evidence: [],
          tags: [],
          passages: [],
          where: 'line 3',
        },
      ],
      problems: [],
    })
  })

  it('names broken lines, missing answers and duplicates, and keeps the rest', () => {
    const file = read(
      [
        '{"question":"Who is it?","answers":["Ann"]}',
        'not JSON',
        '{"answers":["Ann"]}',
        '{"question":"What?","answers":["", " the "]}',
        '{"question":"who is the IT","answers":["B"]}',
        '{"question":"Where?","answers":{"x":1}}',
        '{"question":"What?","answers":["C"]}',
      ].join('\n'),
      'set.jsonl',
    )
    expect(plain(file)).toEqual([
      ['Who is it?', 'Ann'],
      ['What?', 'C'],
    ])
    expect(file.problems.map(({ kind, where }) => `${where} ${kind}`)).toEqual([
      'line 2 broken',
      'line 3 broken',
      'line 4 no-answer',
      'line 5 duplicate',
      'line 6 broken',
    ])
    expect(file.problems[3]?.what).toBe('who is the IT (as in line 1)')
  })

  it('is a table whose header names the columns, in any order', () => {
    const file = read(
      'Answers;Note;QUESTION\nAnn|B;"two\nlines";Who?\n\n"[""C"", ""D|E""]";;When?\n;;Why?\n',
      'set.csv',
    )
    expect(file.format).toBe('csv')
    expect(plain(file)).toEqual([
      ['Who?', 'Ann', 'B'],
      ['When?', 'C', 'D|E'],
    ])
    expect(file.problems).toEqual([{ kind: 'no-answer', where: 'line 6', what: 'Why?' }])
    expect(plain(read('question\tanswer\nWho?\tA | B\n', 'set.tsv'))).toEqual([['Who?', 'A | B']])
  })

  it('is refused as a table without the columns', () => {
    expect(() => read('q,a\nWho?,A\n', 'set.csv')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    expect(() => read('', 'set.csv')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })

  it('is SQuAD, unanswerable questions left out', () => {
    const file = read(
      JSON.stringify({
        version: 'v2.0',
        data: [
          {
            title: 'Super_Bowl',
            paragraphs: [
              {
                context: 'Denver won.',
                qas: [
                  {
                    id: 'a',
                    question: 'Who won?',
                    answers: [{ text: 'Denver' }, { text: 'Denver' }],
                    is_impossible: false,
                  },
                  { id: 'b', question: 'Who lost?', answers: [], is_impossible: true },
                  { id: 'c', answers: [] },
                ],
              },
            ],
          },
        ],
      }),
      'dev.json',
    )
    expect(file.format).toBe('squad')
    expect(file.questions).toEqual([
      {
        id: 'a',
        question: 'Who won?',
        answers: ['Denver'],
        goldPassageIds: [],
        evidence: [{ title: 'Super Bowl', text: 'Denver won.' }],
        tags: [],
        passages: [{ title: 'Super Bowl', text: 'Denver won.' }],
        where: 'question 1',
      },
    ])
    expect(file.problems.map(({ kind, where }) => `${where} ${kind}`)).toEqual([
      'question 2 no-answer',
      'question 3 broken',
    ])
  })

  it('is HotpotQA, in both of its forms', () => {
    const evidence = [
      { title: 'A', text: 'One. Two.' },
      { title: 'C', text: 'Four.' },
    ]
    const own = [
      {
        _id: 'h',
        question: 'Which?',
        answer: 'yes',
        supporting_facts: [
          ['A', 0],
          ['C', 0],
        ],
        context: [
          ['A', ['One.', ' Two.']],
          ['B', ['Three.']],
          ['C', ['Four.']],
        ],
      },
    ]
    const hub = [
      {
        id: 'h',
        question: 'Which?',
        answer: 'yes',
        supporting_facts: { title: ['A', 'C'], sent_id: [0, 0] },
        context: { title: ['A', 'B', 'C'], sentences: [['One.', ' Two.'], ['Three.'], ['Four.']] },
      },
    ]
    for (const value of [own, hub]) {
      const file = read(JSON.stringify(value), 'hotpot.json')
      expect(file).toMatchObject({ format: 'hotpotqa', problems: [] })
      expect(file.questions[0]).toMatchObject({ id: 'h', question: 'Which?', answers: ['yes'], evidence })
    }
  })

  it('is a JSON list of rows', () => {
    const file = read('[{"question":"Who?","answers":"Ann"},3]', 'set.json')
    expect(file.format).toBe('json')
    expect(plain(file)).toEqual([['Who?', 'Ann']])
    expect(file.problems).toMatchObject([{ kind: 'broken', where: 'question 2' }])
  })

  it('comes back from JSON lines as it went in, whatever the text', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => /[\p{L}\p{N}]{4}/u.test(s))
    fc.assert(
      fc.property(fc.array(fc.record({ question: text, answers: fc.array(text, { minLength: 1 }) })), (rows) => {
        const { questions, problems } = read(rows.map((row) => JSON.stringify(row)).join('\n'), 'set.jsonl')
        expect(questions.length + problems.length).toBe(rows.length)
        expect(problems.every(({ kind }) => kind === 'duplicate')).toBe(true)
      }),
    )
  })

  it('never throws on what is no JSON, and counts every line', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }).map((line) => line.replace(/[\r\n]/g, ' '))), (lines) => {
        const { questions, problems } = read(lines.join('\n'), 'set.jsonl')
        expect(questions.length + problems.length).toBe(lines.filter((line) => line.trim() !== '').length)
      }),
    )
  })
})

describe('the split of a question', () => {
  it('is fixed', () => {
    const questions = [
      'Who founded Pathel Guild?',
      'When was it?',
      'Where?',
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
      'h',
      'i',
    ]
    expect(questions.map(splitOf)).toMatchInlineSnapshot(`
      [
        "train",
        "train",
        "test",
        "train",
        "train",
        "train",
        "train",
        "train",
        "validation",
        "train",
        "train",
        "train",
      ]
    `)
  })

  it('does not change with case, punctuation and articles', () => {
    expect(splitOf('  WHO founded the Pathel Guild ')).toBe(splitOf('Who founded Pathel Guild?'))
  })

  it('gives a tenth each to validation and test', () => {
    const splits = Array.from({ length: 5000 }, (_, i) => splitOf(`Who is number ${i}?`))
    for (const name of ['validation', 'test'] as const) {
      const share = splits.filter((split) => split === name).length / splits.length
      expect(share).toBeGreaterThan(0.085)
      expect(share).toBeLessThan(0.115)
    }
  })
})
