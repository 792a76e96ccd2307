import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryDir } from '../support/app.ts'
import { root } from '../support/data.ts'
import { ask, describeApp, expectAccessible, goTo, newest, textOf } from '../support/ui.ts'

const folder = temporaryDir()
const questions = join(folder, 'sixty questions.jsonl')
const sample = readFileSync(join(root, 'resources/sample-library/questions.jsonl'), 'utf8').trim().split('\n')
writeFileSync(questions, `${sample.slice(0, 60).join('\n')}\n`)

describeApp('Teach', (app) => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('says what a training needs before it starts', async () => {
    const { page, choose } = app()
    await goTo(page, 'Teach')
    await page.getByRole('link', { name: 'New training' }).click()
    await choose(page.getByRole('button', { name: 'Bring questions from a file' }), questions)
    await page.getByText('60 questions came into “sixty questions”').waitFor()
    const needs = page.getByRole('region', { name: 'What it needs' })
    await needs.waitFor()
    expect(await textOf(needs)).toMatch(/\d+ to learn from, \d+ to watch progress, \d+ to test at the end/)
    expect(await textOf(needs)).toMatch(/Memory[\s\S]*that are free[\s\S]*Time[\s\S]*about [\s\S]*Disk/)
    await expectAccessible(page, 'New training')
  })

  it('shows how it goes, survives a reload, pauses and goes on', async () => {
    const { page } = app()
    await page.getByRole('button', { name: 'Start teaching' }).click()
    const state = page.getByRole('region', { name: 'State of the training' })
    await state
      .getByText(/teacher answers|Imitating/)
      .first()
      .waitFor()
    await page.reload()
    await state.waitFor()
    await page.getByRole('figure').filter({ hasText: 'Loss' }).first().waitFor({ timeout: 90_000 })
    await page.getByRole('button', { name: 'Loss as a table' }).click()
    await page.getByRole('region', { name: 'Loss' }).getByRole('row').nth(1).waitFor()
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await state.getByText('Paused').waitFor({ timeout: 90_000 })
    await expectAccessible(page, 'a training')
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop' }).click()
    await state.getByText('Stopped').waitFor({ timeout: 60_000 })
  })

  it('is kept in the list and in the activity, and can be deleted', async () => {
    const { page } = app()
    await goTo(page, 'Activity')
    await page.getByRole('combobox', { name: 'Kind of work' }).selectOption('training')
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Training' })
      .first()
      .getByRole('button', { name: 'Log' })
      .click()
    await page.getByText('The job is').first().waitFor()
    await expectAccessible(page, 'Activity')
    await goTo(page, 'Teach')
    await page.getByRole('main').getByRole('listitem').getByRole('link').first().click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete training' }).click()
    await page.getByText('Nothing taught yet').waitFor()
  })

  it('goes all the way: taught, killed, resumed, reported, promoted, asked, rolled back', async () => {
    const { page, dataDir } = app()
    await goTo(page, 'Teach')
    await page.getByRole('link', { name: 'New training' }).click()
    await page.getByLabel('Effort').selectOption('trial')
    // The untrained student would talk to the end of every turn; the trained one is done in seconds.
    const student = page.getByLabel('Student')
    const trained = student.getByRole('option', { name: /^Lagotto Micro \(/ })
    await student.selectOption((await trained.getAttribute('value')) ?? '')
    const before = page.getByRole('region', { name: 'What they can do before' })
    await before.getByText(/the student answers \d+ right, the teacher \d+/).waitFor({ timeout: 60_000 })
    await before.getByText('no more of these').waitFor()
    await expectAccessible(page, 'measured before a training')
    await page.getByRole('button', { name: 'Start teaching' }).click()

    const state = page.getByRole('region', { name: 'State of the training' })
    await page.getByRole('figure').filter({ hasText: 'Loss' }).first().waitFor({ timeout: 90_000 })
    const [run] = readdirSync(join(dataDir, 'runs'))
    const { pid } = JSON.parse(readFileSync(join(dataDir, 'runs', run ?? '', 'process.json'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    await page.getByText('The training process ended unexpectedly.').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await state.getByText('Finished').waitFor({ timeout: 150_000 })
    expect(await textOf(state)).toMatch(/The small model now answers \d+ of \d+ test questions; before: \d+\./)
    for (const part of ['Wrong before, right now', 'What the guard did'])
      await page.getByRole('region', { name: part }).waitFor()
    await page.getByText('What it can do (ARCap)').waitFor()
    await expectAccessible(page, 'a report')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'As a page (HTML)' }).click()
    expect((await download).suggestedFilename()).toBe(`${run}.html`)

    await page.getByRole('button', { name: 'Promote', exact: true }).click()
    const promoted = page.getByText('What it learned answers in Ask')
    const insist = page.getByRole('button', { name: 'Promote all the same' })
    await promoted.or(insist).first().waitFor()
    if (await insist.isVisible()) await insist.click()
    await promoted.waitFor()
    await page.evaluate(() => {
      location.hash = '#/'
    })
    await page.getByText('Answered with what was learned in').waitFor()
    await expectAccessible(page, 'asking what was taught')
    await ask(page, 'Who founded Pathel Guild?')
    await newest(page)
      .getByRole('button', { name: /, taught$/ })
      .waitFor({ timeout: 90_000 })

    await goTo(page, 'Teach')
    await expectAccessible(page, 'what was promoted')
    await page.getByRole('button', { name: /^Roll back/ }).click()
    await page.getByText('Taken back', { exact: true }).waitFor()
  }, 300_000)
})
