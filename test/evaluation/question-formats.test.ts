import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readQuestionFile } from '../../src-main/evaluation/question-file.ts'
import { dataDir } from '../support/data.ts'

const json = (value: unknown, name = 'set.json') => readQuestionFile(JSON.stringify(value), name)
const lines = (...values: unknown[]) => readQuestionFile(values.map((v) => JSON.stringify(v)).join('\n'), 'set.jsonl')
const facts = ({ questions }: ReturnType<typeof json>) =>
  questions.map(({ id, question, answers }) => ({ id, question, answers }))

describe('the files of the benchmarks', () => {
  it('NQ-open: an answer is a list', () => {
    expect(facts(lines({ question: 'who wrote it', answer: ['Ann', 'Ann B'] }))).toEqual([
      { id: null, question: 'who wrote it', answers: ['Ann', 'Ann B'] },
    ])
  })

  it('TriviaQA: its own file, and the columns of the hub', () => {
    const own = json({
      Domain: 'unfiltered-web',
      Data: [
        { Question: 'Who?', QuestionId: 'tc_1', Answer: { Value: 'Ann', Aliases: ['Ann', 'Annie'], Type: 'FreeForm' } },
        { Question: 'When?', QuestionId: 'tc_2' },
      ],
    })
    expect(own.format).toBe('triviaqa')
    expect(facts(own)).toEqual([{ id: 'tc_1', question: 'Who?', answers: ['Ann', 'Annie'] }])
    expect(own.problems).toMatchObject([{ kind: 'broken', where: 'question 2' }])
    const hub = lines({ question: 'Who?', question_id: 'tc_1', answer: { value: 'Ann', aliases: ['Annie'] } })
    expect(facts(hub)).toEqual([{ id: 'tc_1', question: 'Who?', answers: ['Ann', 'Annie'] }])
  })

  it('PopQA: a table, or lines, with JSON in the answers', () => {
    const table = 'id\tsubj\tobj\tquestion\tpossible_answers\n7\tOne\tX\tWho?\t"[""Ann"", ""A, B""]"\n'
    const expected = [{ id: '7', question: 'Who?', answers: ['Ann', 'A, B'] }]
    expect(facts(readQuestionFile(table, 'popQA.tsv'))).toEqual(expected)
    expect(facts(lines({ id: 7, question: 'Who?', obj: 'X', possible_answers: '["Ann", "A, B"]' }))).toEqual(expected)
    expect(lines({ id: 7, question: 'Who?', possible_answers: 'Ann' }).problems).toMatchObject([{ kind: 'broken' }])
  })

  it('Bamboogle: a table with capitals in its header', () => {
    expect(facts(readQuestionFile('Question,Answer\nWho?,"Ann, B"\n', 'Bamboogle.csv'))).toEqual([
      { id: null, question: 'Who?', answers: ['Ann, B'] },
    ])
  })

  it('HotpotQA and 2WikiMultihopQA: passages that answer, and all of them', () => {
    const one = {
      _id: 'h1',
      question: 'Who?',
      answer: 'Ann',
      supporting_facts: [['A', 0]],
      context: [
        ['A', ['Ann was.', ' Here.']],
        ['B', ['Other.']],
      ],
      evidences: [['Ann', 'is', 'here']],
    }
    const evidence = [{ title: 'A', text: 'Ann was. Here.' }]
    const passages = [...evidence, { title: 'B', text: 'Other.' }]
    const expected = { format: 'hotpotqa', questions: [{ id: 'h1', answers: ['Ann'], evidence, passages }] }
    expect(json([one])).toMatchObject(expected)
    expect(lines(one)).toMatchObject(expected)
    const columns = {
      supporting_facts: { title: ['A'], sent_id: [0] },
      context: { title: ['A', 'B'], content: [['Ann was.', ' Here.'], ['Other.']] },
    }
    const { question } = one
    expect(lines({ id: 'h1', question, golden_answers: ['Ann'], metadata: columns })).toMatchObject(expected)
  })

  it('MuSiQue: aliases count, unanswerable questions do not', () => {
    const paragraphs = [
      { idx: 0, title: 'A', paragraph_text: 'Ann was.', is_supporting: true },
      { idx: 1, title: 'B', paragraph_text: 'Other.', is_supporting: false },
    ]
    const one = { id: '2hop', question: 'Who?', answer: 'Ann', answer_aliases: ['Annie'], answerable: true, paragraphs }
    const file = lines(one, { ...one, id: 'no', question: 'When?', answerable: false })
    expect(file).toMatchObject({
      format: 'musique',
      questions: [{ id: '2hop', answers: ['Ann', 'Annie'], evidence: [{ title: 'A', text: 'Ann was.' }] }],
      problems: [{ kind: 'no-answer', where: 'line 2' }],
    })
    expect(file.questions[0]?.passages).toHaveLength(2)
  })

  const samples = dataDir()
  it.skipIf(samples === null)('the samples: every question of every file', () => {
    const folder = join(samples ?? '', 'qa-only')
    const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
    expect(files).toHaveLength(4)
    for (const name of files) {
      const text = readFileSync(join(folder, name), 'utf8')
      const file = readQuestionFile(text, name)
      expect(file.problems.filter(({ kind }) => kind !== 'duplicate')).toEqual([])
      expect(file.questions.length + file.problems.length).toBe(text.trim().split('\n').length)
    }
  })
})
