import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { tinyCheckpoint, writeCheckpoint } from '../support/checkpoint.ts'
import { temporaryFolder } from '../support/folder.ts'
import { embeddingMetadata, text, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { startHub } from '../support/hub.ts'
import { type App, describeApp, expectAccessible, goTo } from '../support/ui.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()

function model(name: string, options: Partial<Parameters<typeof writeRandomModel>[1]> = {}): Buffer {
  const path = join(folder, `${name}.gguf`)
  const { metadata, ...rest } = options
  writeRandomModel(path, { tokenizer, metadata: { 'general.name': text(name), ...metadata }, ...rest })
  return readFileSync(path)
}

function checkpoint(name: string): Record<string, Buffer> {
  const dir = join(folder, name)
  const shape = { ...tinyCheckpoint, embedding: 256, heads: 8, headSize: 32, layers: 6, feedForward: 1024 }
  writeCheckpoint(dir, tokenizer, { shape, dtype: 'BF16' })
  return Object.fromEntries(readdirSync(dir).map((file) => [file, readFileSync(join(dir, file))]))
}

const hub = await startHub({
  'omron-sinicx/DGPO-qwen2.5-0.5b': checkpoint('DGPO'),
  'Qwen/Qwen2.5-3B-Instruct-GGUF': { 'qwen2.5-3b-Q4_K_M.gguf': model('Qwen teacher') },
  'CompendiumLabs/bge-small-en-v1.5-gguf': { 'bge-small-Q8_0.gguf': model('BGE', { metadata: embeddingMetadata }) },
  'closed/model': { 'closed-Q8_0.gguf': model('Closed') },
})
process.env['HF_ENDPOINT'] = hub.endpoint
process.env['HF_TOKEN'] = ''
afterAll(() => hub.close())

writeFileSync(join(folder, 'notes.txt'), 'no model')

const student = 'DGPO-qwen2.5-0.5b'

/** Drops a file of the disk on the screen, as a file manager does. */
async function drop({ page }: App, path: string): Promise<void> {
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file' })))
  const input = page.locator('body > input[type=file]')
  await input.setInputFiles(path)
  await input.evaluate((element: HTMLInputElement) => {
    const dataTransfer = new DataTransfer()
    for (const file of element.files ?? []) dataTransfer.items.add(file)
    const heading = document.querySelector('main h1') ?? document.body
    for (const type of ['dragover', 'drop'])
      heading.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
    element.remove()
  })
}

describeApp('Models', (app) => {
  it('come in a few clicks: a student, a teacher and an embedder', async () => {
    const { page } = app()
    await goTo(page, 'Models')
    await page.getByRole('tab', { name: 'Get models' }).click()
    const set = page.getByRole('region', { name: 'Small laptop' })
    await set.waitFor()
    await expectAccessible(page, 'Get models')
    expect(hub.seen).toEqual([])
    await set.getByRole('button', { name: /^Download all/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Download Small laptop' })
    await dialog.getByText('it runs well on this computer').nth(2).waitFor()
    await expectAccessible(page, 'the download dialog')
    hub.behavior.bytesPerSecond = 2 ** 17
    await dialog.getByRole('button', { name: /^Download / }).click()
    const downloads = page.getByRole('region', { name: 'Downloads' })
    await downloads.getByText('Waiting for its turn').first().waitFor()
    const sidebar = page.getByRole('region', { name: 'Running work' })
    await sidebar.getByText('Waiting for its turn').first().waitFor()
    await sidebar.getByRole('progressbar').nth(1).waitFor({ state: 'detached' })
    await expectAccessible(page, 'downloads')
  })

  it('on their way can be paused, gone on with, and canceled', async () => {
    const { page } = app()
    const first = page.getByRole('region', { name: 'Downloads' }).getByRole('listitem').first()
    await first.getByText(/ of .* MB/).waitFor()
    await first.getByRole('button', { name: 'Pause' }).click()
    await first.getByText(/^Paused/).waitFor()
    hub.behavior.bytesPerSecond = null
    await first.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('region', { name: 'Downloads' }).waitFor({ state: 'hidden', timeout: 60_000 })
    await page.getByRole('tab', { name: 'On this computer' }).click()
    for (const name of [student, 'Qwen teacher', 'BGE'])
      await page.getByRole('heading', { name, exact: true }).waitFor()
    const row = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
    await row(student).getByText('In use', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Get models' }).click()
    await page.getByLabel('Any other model').fill('hf:closed/model')
    await page.keyboard.press('Enter')
    const download = page.getByRole('dialog').getByRole('button', { name: /^Download / })
    await download.and(page.locator(':enabled')).waitFor()
    hub.behavior.bytesPerSecond = 2 ** 14
    await download.click()
    await page.getByRole('button', { name: 'Cancel hf:closed/model' }).click()
    await page.getByRole('button', { name: 'Cancel download' }).click()
    await page.getByRole('region', { name: 'Downloads' }).waitFor({ state: 'hidden' })
    hub.behavior.bytesPerSecond = null
  })

  it('that are for some people only ask for a token, which goes to the hub alone', async () => {
    const { page } = app()
    hub.behavior.token = 'hf_secret'
    hub.seen.length = 0
    await page.getByLabel('Any other model').fill('hf:closed/model')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('only to people who are signed in').waitFor()
    await dialog.getByLabel('Access token').fill('hf_secret')
    await dialog.getByRole('button', { name: 'Keep' }).click()
    await dialog.getByRole('button', { name: /^Download / }).click()
    await page.getByRole('tab', { name: 'On this computer' }).click()
    await page.getByRole('heading', { name: 'Closed', exact: true }).waitFor()
    const elsewhere = hub.seen.filter(({ host }) => host === hub.cdnHost)
    expect(elsewhere.length).toBeGreaterThan(0)
    expect(elsewhere.every(({ authorization }) => authorization === null)).toBe(true)
    hub.behavior.token = null
  })

  it('can be looked into, renamed, checked and removed', async () => {
    const { page } = app()
    const act = async (name: string, action: string) => {
      await page.getByRole('button', { name: `More for ${name}` }).click()
      await page.getByRole('menuitem', { name: action }).click()
    }
    await act(student, 'What is in the file')
    const dialog = page.getByRole('dialog', { name: student })
    await dialog.getByText('hf:omron-sinicx/DGPO-qwen2.5-0.5b').waitFor()
    await dialog.getByRole('button', { name: 'Chat template' }).click()
    await dialog.getByText('{%').first().waitFor()
    await dialog.getByRole('button', { name: /entries of the header/ }).click()
    await dialog.getByText('general.architecture = qwen2').waitFor()
    await expectAccessible(page, 'what is in a model')
    await page.keyboard.press('Escape')
    await act('Closed', 'Rename')
    await page.getByRole('dialog').getByLabel('Name').fill('Mine')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Mine' }).waitFor()
    await act('Mine', 'Check for damage')
    await page.getByText('Mine is intact').waitFor()
    await act('Mine', 'Remove')
    await page.getByText('Lagotto fetched or made this file, and deletes it.').waitFor()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByRole('heading', { name: 'Mine' }).waitFor({ state: 'hidden' })
  })

  it('are added by dropping them on the screen', async () => {
    const { page, choose } = app()
    const path = join(folder, 'BGE.gguf')
    await drop(app(), join(folder, 'notes.txt'))
    await page.getByText('This is no model.').waitFor()
    await drop(app(), path)
    if (await page.evaluate(() => window.lagotto === undefined)) {
      await page.getByText('Your browser does not tell where the file lies').waitFor()
      const field = page.getByRole('dialog', { name: 'Add a model' }).getByRole('textbox', { name: 'Path' })
      await field.and(page.locator(':focus')).waitFor()
      const first = page.getByRole('button', { name: 'Up one folder' })
      await first.waitFor()
      await page.keyboard.press('ArrowDown')
      await first.and(page.locator(':focus')).waitFor()
      await page.keyboard.press('Escape')
      await choose(page.getByRole('button', { name: 'Add a GGUF file' }), path)
    }
    await page.getByText(path, { exact: true }).waitFor()
  })

  it('are told what this computer can do with them', async () => {
    const { page } = app()
    await page.getByRole('tab', { name: 'Hardware' }).click()
    await page.getByText(/tokens per second with the built-in model/).waitFor({ timeout: 110_000 })
    await expectAccessible(page, 'Hardware')
    await page.getByLabel('Run models on').selectOption({ label: 'CPU' })
    await page.reload()
    await page.locator('select:has(option:checked:text-is("CPU"))').waitFor()
  })

  it('are all that left this computer, and Settings lists it', async () => {
    const { page } = app()
    await goTo(page, 'Settings')
    const requests = page.getByRole('region', { name: 'Requests' })
    await requests.getByText('Fetch a model').first().waitFor()
    await requests.getByText('/api/models/closed/model/tree/main').first().waitFor()
    await expectAccessible(page, 'Settings with requests')
  })

  it('caused no error in the page', () => {
    expect(app().problems).toEqual([])
  })
})
