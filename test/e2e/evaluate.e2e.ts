import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { describeApp, expectAccessible, goTo, setNumber, textOf } from '../support/ui.ts'

const QUESTIONS = 6

describeApp('Evaluate', (app) => {
  it('measures student and teacher on the sample, through a reload, and says how sure the difference is', async () => {
    const { page } = app()
    // The untrained student writes until its room is full: less room, less to wait for.
    await goTo(page, 'Settings')
    await setNumber(page, 'Context length', '512')
    await goTo(page, 'Evaluate')
    await page.getByRole('link', { name: 'New evaluation' }).click()
    await page.getByRole('button', { name: 'Add questions…' }).click()
    await page.getByRole('button', { name: 'Use the questions about the sample library' }).click()
    await page.getByText('500 questions added').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('checkbox', { name: /^Questions about the sample library/ }).waitFor()
    await page.getByLabel('At most per set').fill(String(QUESTIONS))
    await page.getByText(`${QUESTIONS} questions, ${2 * QUESTIONS} answers`).waitFor()
    await expectAccessible(page, 'New evaluation')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('progressbar', { name: 'Evaluation' }).waitFor()
    await page.reload()
    await page.getByText(/answers \d of 6 questions exactly right/).waitFor()
    await expect.poll(() => page.getByRole('progressbar', { name: 'Evaluation' }).count(), { timeout: 60_000 }).toBe(0)
    const results = page.getByRole('region', { name: 'Results', exact: true })
    expect(await results.getByRole('row').count()).toBe(3)
    const figure = results.getByRole('row').nth(2).getByRole('button').first()
    await figure.focus()
    await page.getByRole('tooltip').waitFor()
    expect(await textOf(page.getByRole('tooltip'))).toMatch(/\d of 6 questions exactly right/)
    await page.keyboard.press('Escape')
    await expectAccessible(page, 'an evaluation')
  })

  it('shows the misses, and how each method came to its answer', async () => {
    const { page } = app()
    const which = page.getByLabel('Which questions')
    const flipped = await which
      .locator('optgroup[label="Right and wrong"] option')
      .evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value))
    expect(flipped).toEqual(['flipped:0:1', 'flipped:1:0'])
    await which.selectOption('flipped:1:0')
    const list = page.getByRole('region', { name: 'Questions', exact: true })
    await list.getByText('Right', { exact: true }).first().waitFor()
    const first = list.getByRole('link').first()
    const question = await textOf(first)
    await first.click()
    await page.getByRole('heading', { name: question, exact: true }).waitFor()
    const sides = page.getByRole('region', { name: 'Answers side by side' })
    expect(await textOf(sides)).toMatch(/Searched for “.+”/)
    await sides.getByText('Wrong', { exact: true }).waitFor()
    await sides.getByText('Right', { exact: true }).waitFor()
    await expectAccessible(page, 'a question of an evaluation')
    await page.keyboard.press('j')
    await expect.poll(() => textOf(page.getByRole('heading', { level: 1 }))).not.toBe(question)
    await page.getByRole('link', { name: 'All questions' }).click()
    expect(await which.inputValue()).toBe('flipped:1:0')
  })

  it('is written as a page that stands on its own, and asks nothing twice', async () => {
    const { page } = app()
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /HTML/ }).click(),
    ])
    const html = await readFile(await download.path(), 'utf8')
    expect(html).toContain('exactly right')
    await page.getByRole('link', { name: 'All evaluations' }).click()
    await page.getByRole('link', { name: 'New evaluation' }).click()
    await page.getByLabel('At most per set').fill(String(QUESTIONS))
    await page.getByText(`${2 * QUESTIONS} of them known already`).waitFor()
  })

  it('takes votes without telling whose answers they are, until one asks', async () => {
    const { page, problems } = app()
    await goTo(page, 'Compare')
    await page.getByRole('link', { name: 'Over a whole set' }).click()
    await page.getByLabel('At most per set').fill('2')
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('heading', { name: '2 contestants, blind' }).waitFor()
    await page.getByRole('link', { name: 'Vote' }).click()
    await page.getByText('Which answer is best?').waitFor()
    expect(await textOf(page.getByRole('main'))).not.toMatch(/micro/i)
    await expectAccessible(page, 'a vote')
    await page.keyboard.press('1')
    await page.getByRole('link', { name: 'All questions' }).click()
    await page.getByText('1 vote so far.').waitFor()
    await page.getByRole('button', { name: 'Show who is who' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Show who is who' }).click()
    await page.getByText(/Your 1 vote: /).waitFor()
    expect(problems).toEqual([])
  })
})
