import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryDir } from '../support/app.ts'
import { ask, describeApp, expectAccessible, goTo, newest } from '../support/ui.ts'

const FILES = 4_000

/** More than is indexed before somebody can press a button. */
const folder = join(temporaryDir(), 'Notes')
mkdirSync(folder)
for (let i = 0; i < FILES; i++)
  writeFileSync(
    join(folder, `note ${i}.md`),
    `# Note ${i}\n\n${`Of matter ${i} it is told here at length. `.repeat(60)}`,
  )

describeApp('Activity', (app) => {
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  it('pauses, resumes and stops work where it is listed, keeps what was done, and answers meanwhile', async () => {
    const { page, choose, problems } = app()
    await choose(page.getByRole('button', { name: 'Choose a folder of your own' }), folder)
    await page.getByRole('dialog').getByRole('button', { name: 'Read 4,000 files' }).click()
    await page.getByRole('heading', { level: 2, name: 'Notes' }).waitFor()
    await goTo(page, 'Activity')
    await page.getByRole('combobox', { name: 'Kind of work' }).selectOption('ingestion')
    const main = page.getByRole('main')
    const running = main.getByRole('progressbar', { name: /^Reading/ })
    await running.waitFor()
    await expectAccessible(page, 'work that goes on')

    await main.getByRole('button', { name: /^Pause: Reading/ }).click()
    await main.getByText('Paused', { exact: true }).waitFor()
    await expect.poll(() => running.count()).toBe(0)
    await main.getByRole('button', { name: /^Resume: Reading/ }).click()
    await running.waitFor()
    await main.getByRole('button', { name: /^Stop: Reading/ }).click()
    await main.getByText('Stopped', { exact: true }).waitFor()
    await expect.poll(() => running.count()).toBe(0)
    await expectAccessible(page, 'work that was stopped')

    await main.getByRole('button', { name: /^Resume: Reading/ }).click()
    await running.waitFor()
    await page.getByRole('link', { name: 'New question' }).click()
    await ask(page, 'What is told of matter 7?')
    await newest(page)
      .getByText(/^Searched [\d,]+ of 4,000 files$/)
      .waitFor({ timeout: 30_000 })
    await goTo(page, 'Activity')
    await page.getByRole('combobox', { name: 'Kind of work' }).selectOption('ingestion')
    const newestRow = main.getByRole('listitem').filter({ hasText: 'Reading Notes' }).first()
    await newestRow.getByText('Done', { exact: true }).waitFor({ timeout: 90_000 })
    await newestRow.getByRole('link', { name: 'Reading Notes' }).click()
    await page
      .getByText(/^4,000 documents/)
      .first()
      .waitFor()
    expect(problems).toEqual([])
  })
})
