import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryDir } from '../support/app.ts'
import { pdf } from '../support/documents.ts'
import { ask, describeApp, expectAccessible, goTo, newest, textOf } from '../support/ui.ts'

const folder = join(temporaryDir(), 'pump manuals')
mkdirSync(join(folder, 'north'), { recursive: true })
for (let i = 0; i < 60; i++) {
  const name = i % 2 ? `north/pump-${i}.md` : `pump-${i}.txt`
  writeFileSync(
    join(folder, name),
    `# Pump ${i}\n\nPump ${i} stands in hall ${i * 3}. Its color is ${i % 2 ? 'teal' : 'amber'}.\n`,
  )
}
writeFileSync(join(folder, 'broken.pdf'), '%PDF-1.7 this is not a document')
writeFileSync(
  join(folder, 'large.txt'),
  Array.from({ length: 15_000 }, (_, i) => `Line ${i} of the log: nothing happened at valve ${i * 7}.`).join('\n'),
)

describeApp('Library', (app) => {
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  it('tells what is in a folder before it reads it', async () => {
    const { page, choose } = app()
    await choose(page.getByRole('button', { name: 'Choose a folder of your own' }), folder)
    const dialog = page.getByRole('dialog', { name: /pump manuals/ })
    await dialog.getByText('62 files').first().waitFor()
    await dialog.getByText('1 file: This file is damaged').waitFor()
    await dialog.getByText(/^about \d+ s to read$/).waitFor()
    await dialog.getByRole('button', { name: 'Choose which files are read' }).click()
    await dialog.getByRole('textbox', { name: 'Leave out' }).fill('north/')
    await dialog.getByRole('button', { name: 'Count again' }).click()
    await dialog.getByRole('button', { name: 'Read 31 files' }).waitFor()
    await dialog.getByRole('textbox', { name: 'Leave out' }).fill('')
    await dialog.getByRole('button', { name: 'Count again' }).click()
    await dialog.getByRole('button', { name: 'Read 61 files' }).waitFor()
    await expectAccessible(page, 'the dry run')
    await dialog.getByRole('button', { name: 'Read 61 files' }).click()
  })

  it('reads a folder and tells which file failed and why', async () => {
    const { page } = app()
    await page.getByRole('heading', { level: 2, name: 'pump manuals' }).waitFor()
    await page.getByText(/^61 documents · 1 could not be read/).waitFor()
    await page.getByRole('combobox', { name: 'Filter files by state' }).selectOption('failed')
    const row = page.getByRole('row').filter({ hasText: 'broken.pdf' })
    await row.getByText(/damaged|cannot be opened/).waitFor()
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    await page.getByRole('combobox', { name: 'Filter files by state' }).selectOption('all')
    await page.getByRole('searchbox', { name: 'Filter files by name' }).fill('pump-31')
    const pump = page.getByRole('row').filter({ hasText: 'north/pump-31.md' })
    await pump.getByText('Ready').waitFor()
    await pump.getByRole('button', { name: 'north/pump-31.md', exact: true }).click()
    await page.getByRole('complementary', { name: 'Source' }).getByText('Its color is teal').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox', { name: 'Filter files by name' }).fill('')
  })

  it('sorts the files, and follows what happens to them', async () => {
    const { page } = app()
    await page
      .getByRole('listitem')
      .filter({ hasText: folder })
      .getByText(/In sync · 61 documents · looked at/)
      .waitFor()
    await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click()
    await page.getByRole('row').nth(1).getByText('large.txt').waitFor()
    writeFileSync(join(folder, 'broken.pdf'), pdf([['Repaired: the pump in hall nine.'], []]))
    await page.getByText(/^62 documents ·/).waitFor()
    await page.getByRole('combobox', { name: 'Filter files by state' }).selectOption('warned')
    await page.getByRole('row').filter({ hasText: 'broken.pdf' }).getByText('Page 2 has no text.').waitFor()
    await page.getByRole('combobox', { name: 'Filter files by state' }).selectOption('all')
    writeFileSync(join(folder, 'broken.pdf'), '%PDF-1.7 this is not a document')
    await page.getByText(/^61 documents · 1 could not be read/).waitFor()
  })

  it('tries files again when asked to, one or all that failed', async () => {
    const { page } = app()
    const repaired = pdf([['Repaired: the pump in hall nine.']])
    const broken = '%PDF-1.7 this is not a document'.padEnd(repaired.length)
    // of the same size and time, as from a copy that keeps both: nobody notices that it is another file
    const write = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder, name), content)
      utimesSync(join(folder, name), 1_000_000_000, 1_000_000_000)
    }
    const presses = {
      'torn.pdf': async () => {
        await page.getByRole('button', { name: 'Actions for torn.pdf' }).click()
        await page.getByRole('menuitem', { name: 'Try again' }).click()
      },
      'cut.pdf': () => page.getByRole('button', { name: 'Try all failed ones again' }).click(),
    }
    for (const [name, press] of Object.entries(presses)) {
      await page.getByRole('searchbox', { name: 'Filter files by name' }).fill(name)
      write(name, broken)
      const row = page.getByRole('row').filter({ hasText: name })
      await row.getByText(/damaged/).waitFor()
      write(name, repaired)
      await page.waitForTimeout(1500)
      await row.getByText(/damaged/).waitFor()
      await press()
      await row.getByText('Ready').waitFor()
    }
    await page.getByText(/^63 documents · 1 could not be read/).waitFor()
    for (const name of Object.keys(presses)) rmSync(join(folder, name))
    await page.getByRole('searchbox', { name: 'Filter files by name' }).fill('')
    await page.getByText(/^61 documents · 1 could not be read/).waitFor()
  })

  it('says that a folder is offline, and that it is back', async () => {
    const { page } = app()
    const card = page.getByRole('listitem').filter({ hasText: folder })
    renameSync(folder, `${folder} elsewhere`)
    await card.getByText(/Offline · 61 documents/).waitFor()
    await expectAccessible(page, 'a folder that is offline')
    renameSync(`${folder} elsewhere`, folder)
    await card.getByText(/In sync · 61 documents/).waitFor()
  })

  it('leaves a file out, and takes it back with the rules', async () => {
    const { page } = app()
    await page.getByRole('searchbox', { name: 'Filter files by name' }).fill('broken.pdf')
    await page.getByRole('button', { name: 'Actions for broken.pdf' }).click()
    await page.getByRole('menuitem', { name: 'Leave out' }).click()
    await page.getByText(/^61 documents · [\d,]+ passages/).waitFor()
    await page.getByRole('button', { name: 'Which files are read' }).click()
    const dialog = page.getByRole('dialog', { name: 'Which files are read' })
    await expect.poll(() => dialog.getByRole('textbox', { name: 'Leave out' }).inputValue()).toBe('/broken.pdf')
    await dialog.getByRole('textbox', { name: 'Leave out' }).fill('')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText(/^61 documents · 1 could not be read/).waitFor()
    await page.getByRole('searchbox', { name: 'Filter files by name' }).fill('')
    await expectAccessible(page, 'a library of folders')
  })

  it('finds passages with their scores and opens one in a large document', async () => {
    const { page } = app()
    await page.getByRole('tab', { name: 'Try a search' }).click()
    await page.getByRole('searchbox', { name: 'Search words' }).fill('teal pump in hall 93')
    await page.keyboard.press('Enter')
    const hit = page.getByRole('article').first()
    await hit.getByText('Pump 31 stands').waitFor()
    expect(await textOf(hit)).toMatch(/BM25\s*[\d.]+ · rank 1/)
    await page.getByRole('searchbox', { name: 'Search words' }).fill('valve 91000')
    await page.keyboard.press('Enter')
    await page.getByRole('article').first().getByText('large.txt').waitFor()
    await page.getByRole('article').first().getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.getByText('valve 91000').waitFor()
    expect(await pane.locator('p').count()).toBeLessThan(200)
    await page.keyboard.press('Escape')
  })

  it('says that the built-in model does not understand these files, and searches them all the same', async () => {
    const { page } = app()
    await page.getByRole('link', { name: 'New question' }).click()
    await page.getByText('The built-in micro model only understands the sample library.').waitFor()
    await ask(page, 'Where does pump 31 stand?')
    await newest(page).getByRole('button', { name: 'Ask again' }).waitFor()
    await newest(page).getByText('pump manuals').waitFor()
  })

  it('renames and deletes a library without touching the files', async () => {
    const { page } = app()
    await goTo(page, 'Library')
    await page.getByRole('button', { name: 'More for this library' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Pumps')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 2, name: 'Pumps' }).waitFor()
    await page.getByRole('button', { name: 'More for this library' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete library' }).click()
    await page.getByRole('heading', { level: 2, name: 'Sample library' }).waitFor()
    expect(await page.getByRole('link', { name: /^Pumps/ }).count()).toBe(0)
  })

  it('keeps an empty library usable and says what to do', async () => {
    const { page } = app()
    await page.getByRole('button', { name: 'New library' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Empty')
    await page.keyboard.press('Enter')
    await page.getByText('No files yet').waitFor()
    await page.getByRole('link', { name: 'New question' }).click()
    await page.getByRole('button', { name: /^Library:/ }).click()
    await page.getByRole('menuitemradio', { name: /^Empty/ }).click()
    await ask(page, 'Is anything here?')
    await page
      .getByRole('alert')
      .getByText(/empty|no documents|nothing/i)
      .waitFor()
    expect(await page.getByLabel('Your question').isEditable()).toBe(true)
  })

  it('refuses a file that is not a model, in plain words', async () => {
    const { page, choose } = app()
    const fake = join(folder, 'fake.gguf')
    writeFileSync(fake, 'this is not a model')
    await goTo(page, 'Models')
    await choose(page.getByRole('button', { name: 'Add a GGUF file' }), fake)
    await page.getByRole('alert').getByText(/GGUF/).waitFor()
    expect(
      await page
        .getByRole('heading', { level: 3, name: /Lagotto Micro/ })
        .first()
        .isVisible(),
    ).toBe(true)
  })

  it('caused no error in the page', () => {
    expect(app().problems).toEqual([])
  })
})
