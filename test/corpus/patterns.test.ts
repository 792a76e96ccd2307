import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { literalPattern } from '../../src-main/corpus/index.ts'
import { isMatch, parsePatterns } from '../../src-main/corpus/patterns.ts'
import { temporaryFolder } from '../support/folder.ts'
import { cannotRun } from '../support/skip.ts'

const matches = (line: string, path: string): boolean => {
  const isFolder = path.endsWith('/')
  const segments = path.split('/').filter(Boolean)
  return parsePatterns([line]).some((pattern) => isMatch(pattern, segments, isFolder))
}

describe('patterns', () => {
  it.each([
    ['*.log', 'a.log', true],
    ['*.log', 'deep/in/a.log', true],
    ['*.log', 'a.logs', false],
    ['/a.log', 'sub/a.log', false],
    ['sub/a', 'sub/a', true],
    ['sub/a', 'deep/sub/a', false],
    ['build/', 'build', false],
    ['build/', 'sub/build/', true],
    ['**/x', 'x', true],
    ['**/x', 'a/b/x', true],
    ['a/**/x', 'a/x', true],
    ['a/**/x', 'a/b/c/x', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a/', false],
    ['?.md', 'a.md', true],
    ['?.md', 'ab.md', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[]]x', ']x', true],
    ['a[', 'a[', true],
    ['a*b*c', 'axxbxxc', true],
    ['a*b', 'a/b', false],
    ['\\#x', '#x', true],
    ['\\!x', '!x', true],
    ['x\\ ', 'x ', true],
    ['x  ', 'x', true],
    ['\\*', 'a', false],
    ['#x', '#x', false],
    ['', 'x', false],
    ['/', 'x', false],
  ])('%j and %j: %j', (line, path, expected) => expect(matches(line, path)).toBe(expected))

  it('stand for themselves when made of a path', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^/\n\r\0]{1,12}$/), { minLength: 1, maxLength: 3 }), (names) => {
        fc.pre(names.every((name) => name === name.trim()))
        expect(matches(literalPattern(names.join('/')), names.join('/'))).toBe(true)
        expect(matches(literalPattern(names.join('/')), [...names, 'x'].join('/'))).toBe(false)
      }),
    )
  })

  it('take no time to speak of, whatever they are', () => {
    const started = performance.now()
    expect(matches(`${'*a'.repeat(100)}b`, 'a'.repeat(5000))).toBe(false)
    expect(matches(`${'**/a/'.repeat(40)}b`, 'a/'.repeat(2000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  const noGit = spawnSync('git', ['--version']).status !== 0
  it.skipIf(cannotRun(noGit, 'git is not installed'))('agree with git', () => {
    const folder = temporaryFolder()
    execFileSync('git', ['init', '-q', folder])
    const names = ['a', 'b', 'ab', 'a.log', 'b.md']
    const paths = names.flatMap((one) => names.flatMap((two) => [one, `d/${two}`, `d/e/${one}`, `f/${one}${two}`]))
    for (const path of new Set(paths)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), '')
    }
    const lines = fc.sample(
      fc
        .array(fc.constantFrom('a', 'b', '*', '**', '?', '.', 'log', 'd', 'e', '/', '/', '[a]', '[!a]'), {
          minLength: 1,
          maxLength: 6,
        })
        .map((parts) => parts.join('')),
      { numRuns: 60, seed: 1 },
    )
    for (const line of lines.filter((each) => !/\*\*[^/]|[^/]\*\*|\/\//.test(each))) {
      writeFileSync(join(folder, '.gitignore'), `${line}\n`)
      const git = spawnSync('git', ['-C', folder, 'check-ignore', '--no-index', '--stdin'], {
        input: [...new Set(paths)].join('\n'),
        encoding: 'utf8',
      })
      const expected = git.stdout.split('\n').filter(Boolean).toSorted()
      const own = [...new Set(paths)].filter((path) =>
        path
          .split('/')
          .some((_, i, all) => matches(line, all.slice(0, i + 1).join('/') + (i < all.length - 1 ? '/' : ''))),
      )
      expect([line, own.toSorted()]).toEqual([line, expected])
    }
  })
})
