import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SearchFilter } from '../../src-main/contract/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serve } from '../support/service.ts'
import { cannotRun } from '../support/skip.ts'

const folder = temporaryFolder()
const documents = join(folder, 'documents')
let app: Awaited<ReturnType<typeof serve>>
let id = ''

const march = Date.UTC(2024, 2, 15)

beforeAll(async () => {
  mkdirSync(join(documents, 'bills', 'old'), { recursive: true })
  const write = (path: string, text: string, at = Date.UTC(2025, 5, 1)) => {
    writeFileSync(join(documents, path), text)
    utimesSync(join(documents, path), at / 1000, at / 1000)
  }
  write('bills/march.md', '# Heating\n\nThe invoice for heating is due on the first of April.\n', march)
  write('bills/old/roof.txt', 'The invoice of the roofer was paid late.')
  write('billsandmore.txt', 'An invoice that nobody ever wrote.')
  write('Garden.html', '<h1>Garden</h1><p>Roses and truffles, no bill.</p>')
  write('empty.txt', '')
  app = await serve(join(folder, 'data'))
  id = (await app.client.libraries.create({ name: 'Home' })).id
  const { jobId } = await app.client.libraries.addSources({ id, paths: [documents] })
  await app.follow(jobId)
  await app.ready(id)
})

const found = async (filter: SearchFilter) => {
  const { hits } = await app.client.libraries.search({ id, query: 'invoice', limit: 10, filter })
  return hits.map(({ path }) => path).toSorted()
}

async function why(path: string, query: string, filter?: SearchFilter) {
  const { files } = await app.client.libraries.files({ id, filter: path, offset: 0, limit: 1 })
  return app.client.libraries.explain({ id, query, limit: 10, fileId: files[0]?.id ?? '', ...(filter && { filter }) })
}

describe('a filter', () => {
  const all = ['bills/march.md', 'bills/old/roof.txt', 'billsandmore.txt']
  test.each([
    ['nothing', {}, all],
    ['a folder, with all below it', { folder: 'bills' }, all.slice(0, 2)],
    ['a folder by its path, with a slash', { folder: `${join(documents, 'bills', 'old')}/` }, ['bills/old/roof.txt']],
    ['kinds', { types: ['.MD', 'html'] }, ['bills/march.md']],
    ['days', { after: march, before: march + 1 }, ['bills/march.md']],
    ['a day after', { after: march + 1 }, all.slice(1)],
    ['a name', { title: 'ROOF' }, ['bills/old/roof.txt']],
    ['several at once', { folder: 'bills', types: ['txt'] }, ['bills/old/roof.txt']],
    ['what nothing fulfills', { folder: 'bills', types: ['pdf'] }, []],
  ])('takes %s', async (_, filter, paths) => {
    expect(await found(filter)).toEqual(paths)
  })
})

describe('why (not) this file', () => {
  test('is found: where its words stand', async () => {
    expect(await why('march.md', 'heating invoice')).toMatchObject({
      outcome: 'found',
      rank: 1,
      words: [
        { word: 'heating', headings: 1, text: 1 },
        { word: 'invoice', title: 0, headings: 0, text: 1 },
      ],
      fullText: { rank: 1 },
      passage: { path: 'bills/march.md' },
    })
  })

  test('none of the words: says so and names words that it has', async () => {
    const { outcome, reason, suggestions, fullText } = await why('Garden', 'invoice heating')
    expect([outcome, fullText]).toEqual(['no-words', null])
    expect(reason).toContain('None of the words')
    expect(suggestions).toEqual(expect.arrayContaining(['Garden', 'truffles']))
  })

  test('left out by the filter', async () => {
    expect(await why('roof', 'invoice', { types: ['md'] })).toMatchObject({ outcome: 'filtered', rank: null })
  })

  test('not in the index: the reason is the one of the file', async () => {
    const { outcome, reason } = await why('empty', 'invoice')
    expect(outcome).toBe('not-indexed')
    expect(reason).toContain('no text in this file')
  })

  test('a file of another library is not known', async () => {
    await expect(app.client.libraries.explain({ id, query: 'x', limit: 1, fileId: 'nothing' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

describe('the file of a document', () => {
  const fileId = async (name: string) =>
    (await app.client.libraries.files({ id, filter: name, offset: 0, limit: 1 })).files[0]?.id ?? ''
  const bytes = async (name: string, start: number, end: number) =>
    app.client.libraries.bytes({ id, fileId: await fileId(name), start, end })

  test('is read in stretches, as it lies there', async () => {
    const { base64, sizeBytes } = await bytes('roof', 4, 11)
    expect([Buffer.from(base64, 'base64').toString(), sizeBytes]).toEqual(['invoice', 40])
    expect((await bytes('roof', 1000, 2000)).base64).toBe('')
    await expect(bytes('roof', 0, (1 << 20) + 1)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('is not read, shown or opened through a link that was put in its place or above it', async () => {
    const path = join(documents, 'billsandmore.txt')
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(join(elsewhere, 'old'), { recursive: true })
    writeFileSync(join(elsewhere, 'old', 'roof.txt'), 'A secret of somebody else.')
    const roof = { id, fileId: await fileId('roof') }
    renameSync(join(documents, 'bills'), join(folder, 'bills'))
    symlinkSync(elsewhere, join(documents, 'bills'))
    for (const read of [
      () => app.client.libraries.bytes({ ...roof, start: 0, end: 10 }),
      () => app.client.libraries.document(roof),
      () => app.client.libraries.open(roof),
    ])
      await expect(read()).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
    rmSync(join(documents, 'bills'))
    renameSync(join(folder, 'bills'), join(documents, 'bills'))
    renameSync(path, `${path}.old`)
    symlinkSync('/etc/hostname', path)
    await expect(bytes('billsandmore.txt', 0, 10)).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
    rmSync(path)
    await expect(bytes('billsandmore.txt', 0, 10)).rejects.toMatchObject({ code: 'PATH_MISSING' })
    renameSync(`${path}.old`, path)
  })

  test.skipIf(cannotRun(process.platform !== 'linux', 'the opener is stood in for on Linux only'))(
    'opens in the application of the system; of a page the folder',
    async () => {
      const bin = join(folder, 'bin')
      const seen = join(folder, 'opened')
      mkdirSync(bin)
      writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nprintf %s "$1" > '${seen}'\n`, { mode: 0o755 })
      const path = process.env['PATH']
      process.env['PATH'] = `${bin}:${path}`
      try {
        expect(await app.client.libraries.open({ id, fileId: await fileId('roof') })).toEqual({ opened: 'file' })
        expect(readFileSync(seen, 'utf8')).toBe(join(documents, 'bills', 'old', 'roof.txt'))
        expect(await app.client.libraries.open({ id, fileId: await fileId('Garden') })).toEqual({ opened: 'folder' })
        expect(readFileSync(seen, 'utf8')).toBe(documents)
      } finally {
        process.env['PATH'] = path
      }
    },
  )
})
