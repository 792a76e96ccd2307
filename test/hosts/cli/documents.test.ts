import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../../support/app.ts'
import { commandLine } from '../../support/cli.ts'
import { serve } from '../../support/service.ts'
import { cannotRun } from '../../support/skip.ts'

const { root, docs, lagotto } = commandLine()

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
      estimate: [{ what: 'reading', ms: expect.any(Number) }],
    })
    const people = await lagotto('add', docs, '--dry-run')
    expect(people.stdout).toMatch(/3 files .*: 2 files readable/)
    expect(people.stdout).toMatch(/takes +about \d+ s to read/)
    expect(people.stdout).toMatch(/skipped +1 Files of the type \.exe cannot be read\. \(tool\.exe\)/)
    expect((await lagotto('search', 'x', '--library', 'Dry')).code).toBe(1)
    for (const size of ['much', '0', '101']) expect((await lagotto('add', docs, '--max-size', size)).code).toBe(2)
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
