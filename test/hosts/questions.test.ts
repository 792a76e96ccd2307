import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Draft, Drafting, Question } from '../../src-main/contract/index.ts'
import { runCommand, temporaryDir } from '../support/app.ts'

describe('lagotto questions', () => {
  const root = temporaryDir()
  const file = join(root, 'set.jsonl')
  const lagotto = (...args: string[]) => runCommand(['questions', ...args, '--data-dir', join(root, 'data')])
  const json = async <T>(...args: string[]) => (await lagotto(...args, '--json')).json() as T
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('imports, names what it leaves out, lists, shows, exports and deletes', async () => {
    writeFileSync(
      file,
      '{"id":"a","question":"Who founded Pathel Guild?","answers":["Prurklo Cirholt"],"tags":["guild"]}\nbroken\u001b[31m\n{"question":"Where?"}\n',
    )
    const imported = await lagotto('import', file, '--name', 'Guilds')
    expect(imported.code).toBe(0)
    expect(imported.stderr).toMatch(/^line 2: broken: .+\nline 3: no-answer: Where\?$/m)
    expect(imported.stdout).toBe(
      '1 question imported (jsonl)\nleft out: 1 broken, 1 without an answer, 0 duplicates\nGuilds  1 question · train 1, validation 0, test 0\n',
    )
    expect((await lagotto('list')).stdout).toContain('Guilds  1 question · train 1, validation 0, test 0')
    expect((await lagotto('show', 'guilds', '--tag', 'guild')).stdout).toBe(
      'train      a  Who founded Pathel Guild?  Prurklo Cirholt  [guild]\n1 of 1 question\n',
    )
    const out = join(root, 'out.jsonl')
    expect(await json('export', 'Guilds', '--out', out)).toEqual({ path: out, questions: 1 })
    expect((await lagotto('delete', 'Guilds')).code).toBe(0)
    expect(await json('show', 'Guilds')).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })

  it('adds, changes and removes single questions', async () => {
    const added = await json<{ question: Question }>(
      'add',
      'Own',
      '--question',
      'Who?',
      '--answer',
      'Ann',
      '--answer',
      'Bo',
    )
    expect(added.question).toMatchObject({ question: 'Who?', answers: ['Ann', 'Bo'], origin: 'written', tags: [] })
    const { id } = added.question
    const twice = await lagotto('add', 'own', '--question', 'who', '--answer', 'C')
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('has this question already') })
    const edited = await json('edit', 'Own', '--id', id, '--question', 'Who then?', '--tag', 'x')
    expect(edited).toMatchObject({ question: { id, question: 'Who then?', answers: ['Ann', 'Bo'], tags: ['x'] } })
    expect((await lagotto('remove', 'Own', '--id', id)).stdout).toBe('1 question removed\n')
  })

  it('lets a model write questions, and takes into the set what a person accepts', async () => {
    const drafted = await json<{ drafting: Drafting }>('draft', 'Mine', '--count', '2', '--two-passages', '0')
    expect(drafted).toMatchObject({ drafting: { passed: 2, count: 2 }, state: 'succeeded' })
    const shown = await lagotto('review', 'Mine')
    expect(shown.stdout.match(/^waiting/gm)).toHaveLength(2)
    expect(shown.stdout).toContain('passed with-library')
    const { drafts } = await json<{ drafts: Draft[] }>('review', 'Mine', '--accept', 'all')
    expect(drafts.map(({ state }) => state)).toEqual(['accepted', 'accepted'])
    await lagotto('review', 'Mine', '--undo', drafts[0]?.id ?? '')
    expect(await json('show', 'Mine')).toMatchObject({ total: 1, questions: [{ id: drafts[1]?.questionId }] })
    const refused = await json('draft', 'Mine', '--writer', 'Lagotto Micro')
    expect(refused).toMatchObject({ error: { code: 'INVALID_INPUT' } })
  })

  it('checks answers against a library', async () => {
    writeFileSync(
      file,
      '{"question":"Who founded Pathel Guild?","answers":["Prurklo Cirholt"]}\n{"question":"Who?","answers":["Zzyzx Qwv"]}\n',
    )
    await lagotto('import', file, '--name', 'Dogs', '--library', 'sample')
    const checked = await lagotto('check', 'Dogs')
    expect(checked.stdout).toMatch(/^not found: Who\? {2}Zzyzx Qwv\n1 of 2 questions have an answer in ".+"\n$/)
    expect(await json('show', 'Dogs', '--problem', 'not-found')).toMatchObject({ total: 1 })
  })
})
