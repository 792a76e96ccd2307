import { describe, expect, it } from 'vitest'
import { appVersion } from '../../../src-main/hosts/index.ts'
import { runCommand } from '../../support/app.ts'

const commands = ['add', 'search', 'ask', 'compare', 'read', 'ocr', 'serve', 'models', 'train', 'questions', 'eval']

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
