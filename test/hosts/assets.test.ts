import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Assets, readAssets } from '../../src-main/hosts/index.ts'
import { temporaryDir } from '../support/app.ts'

describe('assets', () => {
  const root = temporaryDir()
  const dir = join(root, 'renderer')
  let assets: Assets

  beforeAll(() => {
    mkdirSync(join(dir, 'assets'), { recursive: true })
    writeFileSync(join(dir, 'index.html'), 'page')
    writeFileSync(join(dir, 'assets/main-1a2b.js'), 'script')
    writeFileSync(join(root, 'secret.txt'), 'secret')
    assets = readAssets(dir)
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('finds the page and its files, and nothing else', () => {
    expect(assets.find('/assets/main-1a2b.js')?.read().toString()).toBe('script')
    expect(assets.find('/')?.read().toString()).toBe('page')
    expect(assets.find('/assets')).toBeNull()
    expect(assets.find('/missing.js')).toBeNull()
  })

  it('lets hashed files be kept, and the page be asked for again', () => {
    expect(assets.find('/assets/main-1a2b.js')?.headers['cache-control']).toContain('immutable')
    expect(assets.find('/index.html')?.headers['cache-control']).toBe('no-cache')
  })

  it('gives nothing from outside its folder, whatever the path', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      '%2e%2e',
      '..%2f',
      '\\',
      '..\\',
      'secret.txt',
      'assets',
      '\0',
      'renderer',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        expect(
          assets
            .find(`/${parts.join('/')}`)
            ?.read()
            .toString(),
        ).not.toBe('secret')
      }),
    )
  })

  it('says what to do when the interface was not built', () => {
    expect(() => readAssets(join(root, 'nowhere'))).toThrow(
      expect.objectContaining({ value: expect.objectContaining({ action: expect.stringContaining('npm run build') }) }),
    )
  })
})
