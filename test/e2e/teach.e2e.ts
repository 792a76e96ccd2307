import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryDir } from '../support/app.ts'
import { root } from '../support/data.ts'
import { describeApp, expectAccessible, goTo, textOf } from '../support/ui.ts'

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
})
