import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appVersion } from '../../src-main/hosts/index.ts'
import { nodeArgs, repository, runCommand, temporaryDir } from '../support/app.ts'
import { text, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { serve } from '../support/service.ts'
import { cannotRun } from '../support/skip.ts'

const commands = ['add', 'search', 'ask', 'compare', 'read', 'ocr', 'serve', 'models', 'train', 'questions', 'eval']

describe('lagotto', () => {
  const root = temporaryDir()
  const dataDir = join(root, 'data')
  const docs = join(root, 'docs')
  const lagotto = (...args: string[]) => runCommand([...args, '--data-dir', dataDir])

  beforeAll(() => {
    mkdirSync(docs)
    writeFileSync(
      join(docs, 'truffles.md'),
      '# Truffles\n\nThe black truffle of Norcia is found by the dog Brina in November.\n',
    )
    writeFileSync(join(docs, 'empty.txt'), '')
    writeFileSync(join(docs, 'tool.exe'), 'MZ')
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  describe('help', () => {
    it('lists the commands, with and without being asked', async () => {
      const asked = await runCommand(['--help'])
      expect(asked).toMatchObject({ code: 0, stderr: '' })
      for (const name of commands) expect(asked.stdout).toContain(`  ${name} `)
      expect(await runCommand([])).toMatchObject({ code: 2, stdout: '' })
      expect((await runCommand(['--version'])).stdout.trim()).toBe(appVersion())
    })

    it.each(commands)('explains %s', async (name) => {
      const { code, stdout } = await runCommand([name, '--help'])
      expect(code).toBe(0)
      for (const part of [`Usage: lagotto ${name} `, '--json', '--data-dir', '--help']) expect(stdout).toContain(part)
    })
  })

  const nonsense = [
    ['fetch'],
    ['add'],
    ['search'],
    ['search', 'dogs', '-k', '0'],
    ['search', 'dogs', '-k', 'many'],
    ['search', 'dogs', '--loud'],
    ['ask'],
    ['ask', '--library'],
    ['ask', 'who?', '--sample', '--library', 'x'],
    ['read'],
    ['read', 'a.txt', 'b.txt'],
    ['serve', '--port', '70000'],
    ['models'],
    ['models', 'burn'],
    ['models', 'download'],
    ['models', 'import', 'x', '--type', 'Q1'],
    ['eval'],
    ['eval', '--corpus', 'c.jsonl'],
    ['eval', '--sample', '--corpus', 'c.jsonl'],
    ['eval', 'corpus.jsonl'],
    ['eval', '--sample', '--limit', '-1'],
    ['eval', '--sample', '--split', 'all'],
    ['eval', '--sample', '--retrieval-only', '--arcap'],
    ['eval', '--library', 'Work'],
    ['questions'],
    ['questions', 'burn'],
    ['questions', 'import'],
    ['questions', 'list', 'more'],
    ['questions', 'export', 'Set'],
    ['questions', 'show', 'Set', '--split', 'half'],
    ['questions', 'show', 'Set', '--problem', 'bad'],
    ['questions', 'add', 'Set', '--question', 'Who?'],
    ['questions', 'remove', 'Set'],
    ['questions', 'draft', 'Set', '--count', '0'],
    ['questions', 'review', 'Set', '--state', 'new'],
  ]
  it.each(nonsense.map((args) => ({ line: args.join(' '), args })))(
    'ends with 2 and a hint for: lagotto $line',
    async ({ args }) => {
      const { code, stdout, stderr } = await runCommand(args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('Usage: lagotto')
    },
  )

  it.each([
    ['fetch', ['fetch']],
    ['an option that is not known', ['search', 'dogs', '--loud']],
    ['an empty data folder', ['search', 'dogs', '--data-dir', '']],
    ['an empty library', ['ask', 'who?', '--library', ' ']],
    ['an empty path', ['add', '']],
  ])('says so as JSON when asked to: %s', async (_, args) => {
    const result = await runCommand([...args, '--json'])
    expect(result.code).toBe(2)
    expect(result.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(result.json()).toMatchObject({
      error: { code: 'INVALID_INPUT', message: expect.any(String), action: expect.stringContaining('Usage: lagotto') },
    })
  })

  it('prints nothing of a document or its name that a terminal would obey', async () => {
    const hostile = join(root, 'hostile')
    mkdirSync(hostile)
    const name = 'weasel\u001b[31m\u202e\nnote.md'
    writeFileSync(
      join(hostile, name),
      '# Weasel\u001b]0;owned\u0007\n\nThe \u001b[2J\u009b31mweasel of\u202e Oslo\u2066 sleeps.\n',
    )
    writeFileSync(join(hostile, 'bad\u001b[31m\nname.exe'), 'MZ')
    const apart = ['--data-dir', join(root, 'apart')]
    const added = await runCommand(['add', hostile, ...apart])
    const found = await runCommand(['search', 'weasel Oslo', ...apart])
    expect(found.stdout).toContain('weasel of Oslo sleeps')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out
    const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
    for (const text of [added.stdout, added.stderr, found.stdout, found.stderr]) expect(text).not.toMatch(acting)
    expect(added.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(found.stdout.trimEnd().split('\n')).toHaveLength(3)
  })

  describe('add', () => {
    it('indexes a folder and gives a reason for every file that it could not', async () => {
      const { code, stdout, stderr } = await lagotto('add', docs)
      expect(code).toBe(0)
      expect(stdout).toMatch(/"My documents": 1 file indexed/)
      expect(stderr).toMatch(/tool\.exe: .+/)
      expect(stderr).toMatch(/empty\.txt: .+/)
    })

    it('does not fail when everything is there already, and says so as JSON', async () => {
      const result = await lagotto('add', docs, '--json')
      expect(result.code).toBe(0)
      expect(result.stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(result.json()).toMatchObject({
        library: { name: 'My documents' },
        state: 'succeeded',
        files: { indexed: 1 },
        skipped: expect.any(Array),
        failed: expect.any(Array),
      })
    })

    it('tells what it would do without doing it', async () => {
      const dry = await lagotto('add', docs, '--dry-run', '--library', 'Dry', '--exclude', '*.exe', '--json')
      expect(dry.code).toBe(0)
      expect(dry.json()).toMatchObject({
        done: true,
        found: { files: 2 },
        leftOut: { excluded: 1 },
        scans: { files: 0 },
        estimateMs: expect.any(Number),
      })
      const people = await lagotto('add', docs, '--dry-run')
      expect(people.stdout).toMatch(/3 files .*: 2 files readable/)
      expect(people.stdout).toMatch(/skipped +1 Files of the type \.exe cannot be read\. \(tool\.exe\)/)
      expect((await lagotto('search', 'x', '--library', 'Dry')).code).toBe(1)
      expect((await lagotto('add', docs, '--max-size', 'much')).code).toBe(2)
    })

    it('makes a library that is new, and none when the path is missing', async () => {
      const fine = await lagotto('add', join(docs, 'truffles.md'), '--library', 'Fungi', '--json')
      expect(fine.json()).toMatchObject({ library: { name: 'Fungi' }, indexed: 1 })
      const missing = await lagotto('add', join(docs, 'nothing'), '--library', 'Ghosts', '--json')
      expect(missing.code).toBe(1)
      expect(missing.json()).toMatchObject({
        error: { code: 'PATH_MISSING', message: expect.any(String), action: expect.any(String) },
      })
      const search = await lagotto('search', 'dog', '--library', 'Ghosts', '--json')
      expect(search.json()).toMatchObject({ error: { code: 'NOT_FOUND', action: expect.stringContaining('"Fungi"') } })
    })

    it('counts what an earlier run left unfinished', async () => {
      const many = join(root, 'many')
      mkdirSync(many)
      for (let i = 0; i < 1500; i++) writeFileSync(join(many, `${i}.txt`), `Note ${i} about the river Ave.`)
      const unfinished = join(root, 'unfinished')
      const { client, close } = await serve(unfinished)
      const { id } = await client.libraries.create({ name: 'Many' })
      const { jobId } = await client.libraries.addSources({ id, paths: [many] })
      for await (const { event } of await client.jobs.events({ id: jobId })) if (event.type === 'file') break
      await close()
      const result = await runCommand(['add', many, '--library', 'Many', '--data-dir', unfinished, '--json'])
      const { indexed, files } = result.json() as { indexed: number; files: object }
      expect(files).toMatchObject({ indexed: 1500, waiting: 0 })
      expect(indexed).toBeGreaterThan(0)
    })

    it('adds a folder while another one of the library is gone', async () => {
      const [gone, here] = [join(root, 'gone'), join(root, 'here')]
      const apart = ['--data-dir', join(root, 'gone-data'), '--json']
      for (const folder of [gone, here]) {
        mkdirSync(folder)
        writeFileSync(join(folder, 'note.txt'), 'A note.')
      }
      expect((await runCommand(['add', gone, ...apart])).code).toBe(0)
      rmSync(gone, { recursive: true })
      const result = await runCommand(['add', here, ...apart])
      expect(result.code).toBe(0)
      expect(result.json()).toMatchObject({ indexed: 1 })
      expect(result.stderr).toContain(`${gone}” is not there.`)
    })

    it.skipIf(cannotRun(process.platform === 'win32', 'Windows has no pipes among its files'))(
      'takes nothing but folders and files',
      async () => {
        const result = await lagotto('add', '/dev/null', '--library', 'Void', '--json')
        expect(result.code).toBe(1)
        expect(result.json()).toMatchObject({ error: { code: 'INVALID_INPUT' } })
      },
    )

    it('fails when nothing could be indexed', async () => {
      expect((await lagotto('add', join(docs, 'tool.exe'), '--library', 'Tools')).code).toBe(1)
    })
  })

  describe('read', () => {
    const outcome = async (file: string) => {
      const { code, stdout } = await runCommand(['read', join(docs, file), '--json'])
      return { exit: code, ...(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object) }
    }

    it('gives the text of a file, says that there is none, or why it cannot be read', async () => {
      const { stdout } = await runCommand(['read', join(docs, 'truffles.md')])
      expect(stdout).toContain('The black truffle of Norcia')
      expect(await outcome('truffles.md')).toEqual({
        exit: 0,
        status: 'text',
        code: null,
        message: '',
        text: '# Truffles\n\nThe black truffle of Norcia is found by the dog Brina in November.\n',
        pages: null,
        seconds: expect.any(Number),
      })
      expect(await outcome('empty.txt')).toMatchObject({ exit: 0, status: 'empty', code: 'FILE_EMPTY', text: '' })
      expect(await outcome('tool.exe')).toMatchObject({ exit: 1, status: 'error', code: 'FILE_UNSUPPORTED', text: '' })
    })
  })

  describe('search', () => {
    it('shows passages for people', async () => {
      const { code, stdout } = await lagotto('search', 'black', 'truffle')
      expect(code).toBe(0)
      expect(stdout).toMatch(/1\. Truffles · truffles\.md/)
    })

    it('gives them as one JSON object', async () => {
      const result = await lagotto('search', 'Brina', '-k', '1', '--json')
      expect(result.stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(result.json()).toMatchObject({
        query: 'Brina',
        hits: [{ rank: 1, title: 'Truffles' }],
        ms: expect.any(Number),
      })
    })
  })

  describe('ask', () => {
    it('shows the way to the answer on stderr, and the answer on stdout', async () => {
      const { code, stdout, stderr } = await lagotto('ask', '--sample', 'Who founded Pathel Guild?')
      expect(code).toBe(0)
      expect(stderr).toMatch(/Searching for ".*Pathel Guild.*"\n {2}1\. /)
      expect(stdout).toMatch(/^Prurklo Cirholt\nSupported by your documents: Pathel Guild/)
    })

    it('tells the whole story as one JSON object', async () => {
      const result = await lagotto('ask', '--sample', '--json')
      expect(result.code).toBe(0)
      expect(result.stdout.trimEnd().split('\n')).toHaveLength(1)
      expect(result.json()).toMatchObject({
        question: expect.stringMatching(/\?$/),
        answer: expect.any(String),
        outcome: 'answered',
        verdict: expect.any(String),
        evidence: { spans: expect.any(Array) },
        passages: expect.arrayContaining([
          expect.objectContaining({ id: expect.any(String), title: expect.any(String) }),
        ]),
        searches: expect.arrayContaining([
          expect.objectContaining({ query: expect.any(String), passages: expect.any(Array) }),
        ]),
        usage: { generated: expect.any(Number), evaluated: expect.any(Number), cached: expect.any(Number) },
        ms: expect.any(Number),
        thread: expect.any(String),
      })
    })

    it('does not go on using a model that does not run', async () => {
      const file = join(root, 'unknown-kind.gguf')
      writeRandomModel(file, {
        tokenizer: await tokenizerOf(),
        metadata: { 'general.architecture': text('unheard-of') },
      })
      const failed = await lagotto('ask', '--sample', 'Who founded Pathel Guild?', '--model', file, '--json')
      expect(failed.code).toBe(1)
      expect(failed.json()).toMatchObject({ error: { code: 'MODEL_UNSUPPORTED' } })
      const next = await lagotto('ask', '--sample', 'Who founded Pathel Guild?', '--json')
      expect(next.json()).toMatchObject({ answer: 'Prurklo Cirholt', model: { id: 'lagotto-micro' } })
    })

    it.each([
      ['a model that is not there', ['ask', 'x', '--model', '/nowhere.gguf'], 'MODEL_MISSING'],
      ['a model that is none', ['ask', 'x', '--model', join(docs, 'tool.exe')], 'MODEL_NOT_GGUF'],
      ['a library that is not there', ['ask', 'x', '--library', 'Nobody'], 'NOT_FOUND'],
    ])('fails with one clear error for %s', async (_, args, error) => {
      const result = await lagotto(...args, '--json')
      expect(result.code).toBe(1)
      expect(result.json()).toMatchObject({ error: { code: error } })
      expect(result.stderr.trim().split('\n').length).toBeGreaterThanOrEqual(2)
      expect(result.stderr).not.toContain('    at ')
    })
  })

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

  it('obeys LAGOTTO_HOME', async () => {
    const home = join(root, 'home')
    await runCommand(['search', 'dog', '--json'], { LAGOTTO_HOME: home })
    expect(readFileSync(join(home, 'lagotto.sqlite')).length).toBeGreaterThan(0)
  })
})
