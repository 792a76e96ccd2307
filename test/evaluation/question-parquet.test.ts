import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { loadQuestionFile } from '../../src-main/evaluation/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()

const compressors = { GZIP: gzipSync, ZSTD: zstdCompressSync }

type Row = Record<string, unknown>
type Options = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData' | 'schema'>

/** Writes rows with a schema of nested columns. */
function write(name: string, rows: readonly Row[], schema: SchemaElement[], options: Options = {}): string {
  const path = join(folder, name)
  const columns = Object.keys(rows[0] ?? {})
  const columnData = columns.map((column) => ({ name: column, data: rows.map((row) => row[column]) }))
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData, schema, ...options })))
  return path
}

const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'OPTIONAL',
})
const group = (name: string, ...children: SchemaElement[][]): SchemaElement[] => [
  { name, num_children: children.length, repetition_type: 'OPTIONAL' },
  ...children.flat(),
]
const list = (name: string, element: SchemaElement[]): SchemaElement[] => [
  { name, num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  ...element,
]
const root = (...columns: SchemaElement[][]): SchemaElement[] => [
  { name: 'schema', num_children: columns.length },
  ...columns.flat(),
]

/** The columns of Search-R1's train.parquet, those of the raw data first. */
const searchR1 = root(
  [text('id')],
  [text('question')],
  list('golden_answers', [text('element')]),
  [text('data_source')],
  list('prompt', group('element', [text('content')], [text('role')])),
  [text('ability')],
  group('reward_model', group('ground_truth', list('target', [text('element')])), [text('style')]),
  group('extra_info', [{ name: 'index', type: 'INT64', repetition_type: 'OPTIONAL' }], [text('split')]),
)

const row = (i: number, question: string | null, target: string[], source = 'nq'): Row => ({
  id: `train_${i}`,
  question,
  golden_answers: target,
  data_source: source,
  prompt: [
    {
      role: 'user',
      content: `Answer the given question. For example, <answer> Beijing </answer>. Question: ${question ?? 'Who came later'}?\n`,
    },
  ],
  ability: 'fact-reasoning',
  reward_model: { style: 'rule', ground_truth: { target } },
  extra_info: { split: 'train', index: BigInt(i) },
})

describe('Parquet', () => {
  const rows = [
    row(0, 'Who founded it', ['Ann', 'Ann Lee']),
    row(1, null, ['Bo'], 'hotpotqa'),
    row(2, 'What is missing', []),
    row(3, 'who founded IT?', ['C']),
  ]
  const wanted = [
    { id: 'train_0', question: 'Who founded it', answers: ['Ann', 'Ann Lee'], tags: ['nq'], where: 'row 1' },
    { id: 'train_1', question: 'Who came later?', answers: ['Bo'], tags: ['hotpotqa'], where: 'row 2' },
  ]

  it.each([
    ['SNAPPY', {}],
    ['GZIP', { codec: 'GZIP', compressors }],
    ['ZSTD', { codec: 'ZSTD', compressors }],
    ['UNCOMPRESSED, two rows in a group', { codec: 'UNCOMPRESSED', rowGroupSize: 2 }],
  ] as [string, Options][])('of Search-R1 is read: %s', async (codec, options) => {
    const file = await loadQuestionFile(write(`${codec.slice(0, 4)}.parquet`, rows, searchR1, options))
    expect(file.format).toBe('parquet')
    expect(file.questions).toMatchObject(wanted)
    expect(file.problems).toMatchObject([
      { kind: 'no-answer', where: 'row 3' },
      { kind: 'duplicate', where: 'row 4' },
    ])
  })

  it('is known by what is in it, not by its name', async () => {
    const { questions } = await loadQuestionFile(write('renamed.jsonl', rows, searchR1))
    expect(questions).toHaveLength(2)
  })

  it('with columns of our own, of SQuAD and of HotpotQA is read, too', async () => {
    const own = write('own.parquet', [{ question: 'Who?', answer: 'Ann' }], root([text('question')], [text('answer')]))
    expect((await loadQuestionFile(own)).questions).toMatchObject([{ id: null, question: 'Who?', answers: ['Ann'] }])
    const squad = write(
      'squad.parquet',
      [{ id: 'a', title: 'Super_Bowl', context: 'Denver won.', question: 'Who won?', answers: { text: ['Denver'] } }],
      root(
        [text('id')],
        [text('title')],
        [text('context')],
        [text('question')],
        group('answers', list('text', [text('element')])),
      ),
    )
    expect((await loadQuestionFile(squad)).questions).toMatchObject([
      { id: 'a', answers: ['Denver'], evidence: [{ title: 'Super Bowl', text: 'Denver won.' }] },
    ])
    const hotpot = write(
      'hotpot.parquet',
      [
        {
          id: 'h',
          question: 'Both?',
          answer: 'yes',
          supporting_facts: { title: ['A'] },
          context: { title: ['A', 'B'], sentences: [['One.', ' Two.'], ['Three.']] },
        },
      ],
      root(
        [text('id')],
        [text('question')],
        [text('answer')],
        group('supporting_facts', list('title', [text('element')])),
        group('context', list('title', [text('element')]), list('sentences', list('element', [text('element')]))),
      ),
    )
    expect((await loadQuestionFile(hotpot)).questions).toMatchObject([
      { id: 'h', answers: ['yes'], evidence: [{ title: 'A', text: 'One. Two.' }] },
    ])
  })

  it('without questions, cut off, or in name only is refused with the reason', async () => {
    const other = write('other.parquet', [{ name: 'x' }], root([text('name')]))
    await expect(loadQuestionFile(other)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const cut = join(folder, 'cut.parquet')
    writeFileSync(cut, 'PAR1 and then nothing of it')
    await expect(loadQuestionFile(cut)).rejects.toMatchObject({ code: 'FILE_DAMAGED' })
    const named = join(folder, 'named.parquet')
    writeFileSync(named, '{"question":"Who?","answers":["Ann"]}\n')
    await expect(loadQuestionFile(named)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'named.parquet is called .parquet, but it is no Parquet file.',
    })
  })
})
