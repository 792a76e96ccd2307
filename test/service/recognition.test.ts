import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Survey } from '../../src-main/contract/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { scan, serveOcrData } from '../support/ocr-data.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const documents = join(folder, 'documents')
mkdirSync(documents)
writeFileSync(join(documents, 'scan.pdf'), scan)
writeFileSync(join(documents, 'note.txt'), 'A note about nothing.')

const server = await serveOcrData()
process.env['LAGOTTO_OCR_DATA'] = server.url
afterAll(() => server.close())

const { client, ready } = await serve(join(folder, 'data'))

describe('text recognition', async () => {
  const { id } = await client.libraries.create({ name: 'Scans' })
  await client.libraries.addSources({ id, paths: [documents] })
  await ready(id)
  const files = async () =>
    Object.fromEntries((await client.libraries.files({ id })).files.map((file) => [file.relativePath, file]))
  /** The parts of a dry run's estimate, in ms. */
  const expected = async () => {
    let last: Survey | null = null
    for await (const told of await client.libraries.survey({ paths: [documents] })) last = told
    return new Map(last?.estimate?.map(({ what, ms }) => [what, ms]))
  }
  const english = async () => (await client.system.ocrLanguages()).find(({ code }) => code === 'eng')

  it('is off, asks for nothing, and a scan says how it can be read', async () => {
    const file = (await files())['scan.pdf']
    expect([file?.state, file?.error?.code, file?.error?.action]).toEqual([
      'failed',
      'FILE_EMPTY',
      'Switch on text recognition (OCR) under Settings, or use a version with text.',
    ])
    expect(await english()).toMatchObject({ name: 'English', here: false })
    // chosen, but not here: nothing is fetched by itself
    await client.system.updateSettings({ ocr: ['eng'] })
    await ready(id)
    expect((await files())['scan.pdf']?.state).toBe('failed')
    await client.system.updateSettings({ ocr: [] })
    expect(server.seen).toEqual([])
    expect(await client.system.network()).toEqual([])
  })

  it('fetches a language when it is asked to, and keeps nothing that is damaged', async () => {
    server.behavior.damaged = true
    await expect(client.system.fetchOcrLanguage({ code: 'eng' })).rejects.toMatchObject({ code: 'DOWNLOAD_DAMAGED' })
    await expect(client.system.fetchOcrLanguage({ code: '../eng' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(readdirSync(join(folder, 'data/ocr'))).toEqual([])
    server.behavior.damaged = false
    await client.system.fetchOcrLanguage({ code: 'eng' })
    expect(await english()).toMatchObject({ here: true })
    const [request] = await client.system.network()
    expect(request).toMatchObject({
      host: new URL(server.url).host,
      path: '/eng/4.0.0_best_int/eng.traineddata.gz',
      purpose: 'Fetch a language for text recognition',
      status: 200,
    })
  })

  let atFirst: number | null | undefined
  it('reads the scans that are there when it is switched on', async () => {
    expect([...(await expected()).keys()]).toEqual(['reading'])
    await client.system.updateSettings({ ocr: ['eng'] })
    atFirst = (await expected()).get('recognition')
    await ready(id)
    const file = (await files())['scan.pdf']
    expect([file?.state, file?.pages, file?.warnings]).toEqual([
      'indexed',
      2,
      ['Pages 1–2 were read with text recognition (OCR): some words may be wrong.'],
    ])
    const { hits } = await client.libraries.search({ id, query: 'mushrooms silver coins' })
    expect(hits[0]).toMatchObject({ path: 'scan.pdf' })
    expect(hits[0]?.text).toContain('A basket of mushrooms costs twelve silver coins.')
  }, 60_000)

  it('is part of what a dry run expects, at the pace of the pages that were recognized here', async () => {
    const known = (await expected()).get('recognition')
    expect(known).toBeGreaterThan(10)
    expect(known).not.toBe(atFirst)
  })
})
