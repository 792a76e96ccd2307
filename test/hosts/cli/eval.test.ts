import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { nodeArgs, repository, runCommand } from '../../support/app.ts'
import { commandLine } from '../../support/cli.ts'

const { root, docs, lagotto } = commandLine()

describe('eval', () => {
  it('measures retrieval and the agent on the sample', async () => {
    const result = await runCommand(['eval', '--sample', '--limit', '5', '--json'])
    expect(result.code).toBe(0)
    const figures = result.json() as Record<string, number>
    for (const name of [
      'recall@1',
      'recall@20',
      'ndcg@10',
      'mrr@10',
      'hit@3',
      'all@5',
      'all@10',
      'em',
      'f1',
      'hit_ratio',
      'valid_action_rate',
    ]) {
      expect(figures[name], name).toBeGreaterThanOrEqual(0)
      expect(figures[name], name).toBeLessThanOrEqual(1)
    }
  })

  it('reads a BEIR set', async () => {
    const file = (name: string, text: string) => {
      writeFileSync(join(root, name), text)
      return join(root, name)
    }
    const corpus = file(
      'corpus.jsonl',
      '{"_id":"d1","title":"Dogs","text":"Dogs bark."}\n{"_id":"d2","title":"Cats","text":"Cats purr."}\n',
    )
    const queries = file('queries.jsonl', '{"_id":"q1","text":"who barks like dogs"}\n')
    const qrels = file('qrels.tsv', 'query-id\tcorpus-id\tscore\nq1\td1\t1\n')
    const result = await runCommand([
      'eval',
      '--corpus',
      corpus,
      '--queries',
      queries,
      '--qrels',
      qrels,
      '--retrieval-only',
      '--json',
    ])
    expect(result.json()).toMatchObject({ 'recall@1': 1, 'ndcg@10': 1, questions: 1, passages: 2 })
  })

  it.each([
    ['an empty corpus', '', '{"id":"q","question":"who?","gold_passage_ids":["a"]}'],
    ['questions of another corpus', '{"id":"a","text":"x"}', '{"id":"q","question":"who?","gold_passage_ids":["b"]}'],
    ['questions without gold passages', '{"id":"a","text":"x"}', '{"id":"q","question":"who?"}'],
  ])('measures no search by %s', async (_, corpus, questions) => {
    const [corpusFile, questionsFile] = [join(root, 'some-corpus.jsonl'), join(root, 'some-questions.jsonl')]
    writeFileSync(corpusFile, corpus)
    writeFileSync(questionsFile, questions)
    const args = ['eval', '--corpus', corpusFile, '--questions', questionsFile, '--retrieval-only', '--json']
    const result = await runCommand(args)
    expect(result.code).toBe(1)
    expect(result.json()).toMatchObject({ error: { code: 'INVALID_INPUT' } })
  })

  it('measures a split, with ARCap, and writes what came out for each question', async () => {
    const rows = join(root, 'rows.jsonl')
    const args = ['eval', '--sample', '--split', 'test', '--limit', '3', '--arcap', '--rows', rows]
    const result = await runCommand(args)
    expect(result).toMatchObject({ code: 0 })
    const table = result.stdout.split('\n')
    const head = 'arcap        questions  without_think_em  with_think_em  hit_ratio_first  hit_ratio  search_steps'
    const at = table.indexOf(head)
    expect(at).toBeGreaterThan(0)
    expect(table.slice(at + 1).join('\n')).toMatch(
      /^(single {7} {8}\d {12}[01]\.\d{4} {9}[01]\.\d{4} {11}[01]\.\d{4} {5}[01]\.\d{4} {8}\d\.\d{4}\n)?(multi {8} {8}\d .+\n)?all {10} {8}3 {12}[01]\.\d{4} /,
    )
    const lines = readFileSync(rows, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines) {
      const row = JSON.parse(line)
      const answers = [row.answer, row.without_think?.answer, row.with_think?.answer]
      expect(answers.every((answer) => answer === null || typeof answer === 'string')).toBe(true)
      expect(row).toEqual({
        id: expect.any(String),
        question: expect.any(String),
        answers: expect.any(Array),
        split: 'test',
        em: expect.any(Number),
        f1: expect.any(Number),
        cover_em: expect.any(Number),
        hit: expect.any(Boolean),
        hit_first: expect.any(Boolean),
        fate: expect.any(String),
        answer: answers[0],
        queries: expect.any(Array),
        turns: expect.any(Number),
        valid_turns: expect.any(Number),
        tokens: expect.any(Number),
        hops: expect.stringMatching(/^(single|multi)$/),
        without_think: { answer: answers[1], em: expect.any(Number) },
        with_think: { answer: answers[2], em: expect.any(Number) },
      })
    }
  })

  it('measures on a library of your own, with a set of yours', async () => {
    const file = join(root, 'Norcia.csv')
    expect((await lagotto('add', docs)).code).toBe(0)
    writeFileSync(file, 'question,answer\nWhich dog finds the truffle of Norcia?,Brina\n')
    expect((await lagotto('questions', 'import', file, '--json')).json()).toMatchObject({ imported: 1 })
    const args = ['eval', '--library', 'my documents', '--questions', 'norcia', '--json']
    const result = await lagotto(...args)
    expect(result.json()).toMatchObject({ questions: 1, judged: 0, adapter: null, hit_ratio: expect.any(Number) })
    expect(result.json()).not.toHaveProperty('recall@1')
    const missing = await lagotto(...args.map((arg) => (arg === 'norcia' ? 'Nobody' : arg)))
    expect(missing.json()).toMatchObject({ error: { code: 'PATH_MISSING' } })
    const arcap = await lagotto(...args, '--arcap')
    expect(arcap.json()).toMatchObject({ error: { code: 'INVALID_INPUT' } })
  })

  it.each([
    ['CSV', 'asked.csv', 'question,answer\nWhich dog finds the truffle?,Brina\nbroken,\n'],
    [
      'SQuAD',
      'asked.json',
      JSON.stringify({
        data: [
          {
            title: 'Truffles',
            paragraphs: [
              {
                context: 'Brina finds the truffle.',
                qas: [
                  { id: 'q', question: 'Which dog finds it?', answers: [{ text: 'Brina', answer_start: 0 }] },
                  { id: 'r', question: 'Who else?', answers: [] },
                ],
              },
            ],
          },
        ],
      }),
    ],
    [
      'HotpotQA',
      'asked-hotpot.json',
      JSON.stringify([
        {
          _id: 'h',
          question: 'Which dog?',
          answer: 'Brina',
          context: [['Truffles', ['Brina finds it.']]],
          supporting_facts: [['Truffles', 0]],
        },
        { _id: 'i', question: 'Which cat?', answer: '', context: [], supporting_facts: [] },
      ]),
    ],
    [
      'Parquet',
      'asked.parquet',
      Buffer.from(
        parquetWriteBuffer({
          columnData: [
            { name: 'question', data: ['Which dog finds the truffle?', 'Which cat?'], type: 'STRING' },
            { name: 'answer', data: ['Brina', ''], type: 'STRING' },
          ],
        }),
      ),
    ],
  ])(
    'asks the questions of a file of %s, as they are imported, and names what is left out',
    async (_, name, content) => {
      const corpus = join(root, 'truffles.jsonl')
      writeFileSync(corpus, '{"id":"a","title":"Truffles","text":"The dog Brina finds the truffle."}')
      writeFileSync(join(root, name), content)
      const result = await runCommand(['eval', '--corpus', corpus, '--questions', join(root, name), '--json'])
      expect(result.json()).toMatchObject({ questions: 1, unusable: 1, em: expect.any(Number) })
      expect(result.stderr).toMatch(/(line|question|row) \d+: no-answer: /)
    },
  )

  it('refuses an adapter that is none before it plays', async () => {
    const model = join(repository, 'resources/models/micro-teacher.gguf')
    const result = await runCommand(['eval', '--sample', '--limit', '1', '--adapter', model, '--json'])
    expect(result.code).toBe(1)
    expect(result.json()).toMatchObject({ error: { code: 'ADAPTER_DAMAGED' } })
  })

  it('stops on Ctrl+C', async () => {
    const child = spawn(process.execPath, [
      ...nodeArgs,
      join(repository, 'src-main/hosts/cli/main.ts'),
      'eval',
      '--sample',
      '--json',
    ])
    let stdout = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    setTimeout(() => child.kill('SIGINT'), 1500)
    const [code] = await once(child, 'close')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'SERVICE_STOPPED' } })
  })
})
