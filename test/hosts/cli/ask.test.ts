import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../../support/cli.ts'
import { text, tokenizerOf, writeRandomModel } from '../../support/gguf.ts'

const { root, docs, lagotto } = commandLine()

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
