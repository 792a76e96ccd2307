import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { judgedQuestions, loadCorpus, loadQrels, loadQueries, loadQuestions } from '../../src-main/evaluation/index.ts'

const dir = mkdtempSync(join(tmpdir(), 'lagotto-datasets-'))
afterAll(() => rmSync(dir, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

async function corpus(path: string) {
  const documents = []
  for await (const document of loadCorpus(path)) documents.push(document)
  return documents
}

describe('loadCorpus', () => {
  it('reads id or _id, with or without a title, past blank lines and a byte order mark', async () => {
    const path = file(
      'corpus.jsonl',
      '\uFEFF{"id":"1","title":"T","text":"x"}\r\n\n{"_id":2,"text":"y","metadata":{}}\n',
    )
    expect(await corpus(path)).toEqual([
      { id: '1', title: 'T', text: 'x' },
      { id: '2', title: '', text: 'y' },
    ])
  })

  it.each([
    ['no JSON', '{"id":"1","text":"x"}\n{"id":', 2],
    ['a missing text', '{"id":"1"}', 1],
    ['a missing id', '\n{"text":"x"}', 2],
    ['an id that comes twice', '{"id":"1","text":"x"}\n{"_id":"1","text":"y"}', 2],
  ])('names file and line of %s', async (_, content, line) => {
    const path = file('broken.jsonl', content)
    await expect(corpus(path)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`Line ${line} of ${path} is not as expected: `),
    })
  })

  it('says what is wrong with a line', async () => {
    const path = file('wrong.jsonl', '{"id":"1"}')
    await expect(corpus(path)).rejects.toThrow(/: text: .+expected string/)
  })

  it('tells a missing file from an unreadable one', async () => {
    await expect(corpus(join(dir, 'nowhere.jsonl'))).rejects.toMatchObject({ code: 'PATH_MISSING' })
    await expect(corpus(dir)).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
  })
})

describe('questions', () => {
  it('are read with answers or gold passages: one of them is enough to measure by', async () => {
    const path = file(
      'qa.jsonl',
      '{"id":"q1","question":"Who?","answers":["Ann"],"gold_passage_ids":["p1","p2"],"type":"x"}\n{"id":"q2","question":"What?","gold_passage_ids":["p3"]}\n{"id":"q3","question":"Why?"}',
    )
    const { questions, problems } = await loadQuestions(path)
    expect(questions).toEqual([
      {
        id: 'q1',
        question: 'Who?',
        answers: ['Ann'],
        gold: new Map([
          ['p1', 1],
          ['p2', 1],
        ]),
        evidence: [],
      },
      { id: 'q2', question: 'What?', answers: [], gold: new Map([['p3', 1]]), evidence: [] },
    ])
    expect(problems).toEqual([{ kind: 'no-answer', where: 'line 3', what: 'Why?' }])
  })

  it('are joined of BEIR queries and graded judgments', async () => {
    const queries = await loadQueries(file('queries.jsonl', '{"_id":"1","text":"one"}\n{"_id":"2","text":"two"}'))
    const qrels = await loadQrels(file('qrels.tsv', 'query-id\tcorpus-id\tscore\n1\tp\t2\n1\tq\t0\n'))
    expect(judgedQuestions(queries, qrels)).toEqual([
      {
        id: '1',
        question: 'one',
        answers: [],
        gold: new Map([
          ['p', 2],
          ['q', 0],
        ]),
      },
    ])
  })

  it('name the line of a broken judgment', async () => {
    const path = file('bad.tsv', 'query-id\tcorpus-id\tscore\n1\tp\t1\n1\tq\n')
    await expect(loadQrels(path)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('Line 3'),
    })
  })
})
