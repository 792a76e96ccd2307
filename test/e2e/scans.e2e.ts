import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryDir } from '../support/app.ts'
import { scan, serveOcrData } from '../support/ocr-data.ts'
import { describeApp, expectAccessible, goTo } from '../support/ui.ts'

const folder = join(temporaryDir(), 'scans')
mkdirSync(folder)
writeFileSync(join(folder, 'basket.pdf'), scan)
const server = await serveOcrData()
process.env['LAGOTTO_OCR_DATA'] = server.url

describeApp('Scans', (app) => {
  afterAll(() => {
    server.close()
    rmSync(join(folder, '..'), { recursive: true, force: true })
  })

  it('are named as such, and read once a language is fetched', async () => {
    const { page, choose, problems } = app()
    await choose(page.getByRole('button', { name: 'Choose a folder of your own' }), folder)
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 PDF file without text').waitFor()
    await dialog.getByRole('button', { name: /^Read/ }).click()
    const row = page.getByRole('row').filter({ hasText: 'basket.pdf' })
    await row.getByText(/perhaps it is a scan/).waitFor()

    await goTo(page, 'Settings')
    expect(server.seen).toEqual([])
    await page.getByRole('combobox', { name: 'Add a language' }).selectOption('English')
    await page.getByRole('button', { name: /^Get \(/ }).click()
    await expect.poll(() => page.getByRole('checkbox', { name: 'Read scans in English' }).isChecked()).toBe(true)
    await page.getByText('Fetch a language for text recognition').waitFor()
    await expectAccessible(page, 'the settings with a language')

    await goTo(page, 'Library')
    await row.getByText(/read with text recognition/).waitFor({ timeout: 30_000 })
    await choose(page.getByRole('button', { name: 'Add folder' }), folder)
    await dialog.getByText('1 PDF file without text, 2 pages without text in all').waitFor()
    await dialog
      .getByText(/^about \d+ s: reading (under 1|about \d+) s, text recognition (under 1|about \d+) s$/)
      .waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(problems).toEqual([])
  })

  it('are shown as the page that was found, the passage marked in the picture and in the text', async () => {
    const { page, problems } = app()
    await page.getByRole('tab', { name: 'Try a search' }).click()
    await page.getByRole('searchbox', { name: 'Search words' }).fill('basket of mushrooms')
    await page.keyboard.press('Enter')
    await page.getByRole('article').first().getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.getByRole('img', { name: 'Page 1' }).waitFor()
    await pane.getByText('This page is a picture. Its words were recognized').waitFor({ timeout: 30_000 })
    const paper = await pane.getByRole('img', { name: 'Page 1' }).boundingBox()
    const mark = await pane.locator('[data-mark]').first().boundingBox()
    // the two lines stand at the head of the page
    expect(mark && paper && mark.width > paper.width / 4 && mark.y - paper.y < paper.height / 2).toBe(true)
    await expectAccessible(page, 'a page that is a picture')
    await pane.getByRole('button', { name: 'Text' }).click()
    await pane.locator('mark').first().waitFor({ timeout: 30_000 })
    expect(problems).toEqual([])
  })
})
