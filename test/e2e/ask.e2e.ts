import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { ask, describeApp, makeAnswersLong, newest, textOf } from '../support/ui.ts'

describeApp('Ask', (app) => {
  it('answers a sample question with one click, with evidence', async () => {
    const { page } = app()
    await page.getByRole('heading', { name: /sample library/i }).waitFor()
    const question = page.getByRole('list').getByRole('button').first()
    const text = await textOf(question)
    await question.click()
    await page.getByRole('heading', { level: 2, name: text }).waitFor()
    const answer = newest(page)
    await answer.getByRole('button', { name: 'Supported' }).waitFor()
    await answer.getByRole('button', { name: /^Source 1/ }).waitFor()
    expect(await textOf(answer.getByRole('list', { name: 'How this was found' }))).toMatch(
      /Thought for [\d.]+ s[\s\S]*Searched for “.+” — \d passages? from \d documents?/,
    )
    expect(await textOf(answer)).not.toMatch(/<\/?(think|search|information|answer)>/)
  })

  it('shows in the steps what the model thought and which passages it read', async () => {
    const { page } = app()
    const steps = newest(page).getByRole('list', { name: 'How this was found' })
    await page.getByRole('region', { name: 'Questions and answers' }).focus()
    await page.keyboard.press('.')
    expect((await textOf(steps.getByRole('note', { name: 'Reasoning' }).first())).length).toBeGreaterThan(5)
    expect(await steps.getByRole('article').count()).toBe(3)
    expect(await steps.locator('mark').count()).toBeGreaterThan(0)
    await page.keyboard.press('.')
    expect(await steps.getByRole('article').count()).toBe(0)
  })

  it('opens a source with the passage and the evidence marked, walks to the next, and closes', async () => {
    const { page } = app()
    const answer = await textOf(newest(page).locator('p').filter({ hasText: /\S/ }).first())
    await newest(page)
      .getByRole('button', { name: /^Source 1/ })
      .click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    const evidence = pane.locator('mark[data-kind="evidence"]').first()
    await evidence.waitFor()
    expect(answer.toLowerCase()).toContain((await textOf(evidence)).toLowerCase())
    expect(await pane.locator('mark[data-kind="passage"]').count()).toBeGreaterThan(0)
    const inView = await evidence.evaluate((mark) => {
      const { top, bottom } = mark.getBoundingClientRect()
      return top >= 0 && bottom <= window.innerHeight
    })
    expect(inView).toBe(true)
    await page.keyboard.press(']')
    await pane.getByText('2 of').waitFor()
    await page.keyboard.press('[')
    await pane.getByText('1 of').waitFor()
    await page.keyboard.press('Escape')
    await pane.waitFor({ state: 'hidden' })
  })

  it('exports the thread as Markdown', async () => {
    const { page } = app()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    const file = await download
    expect(file.suggestedFilename()).toMatch(/\.md$/)
    expect(await readFile(await file.path(), 'utf8')).toContain(await textOf(newest(page).getByRole('heading').first()))
  })

  it('finds, renames and deletes a thread', async () => {
    const { page } = app()
    const threads = page.getByRole('navigation', { name: 'Threads' })
    await page.getByRole('button', { name: 'More for this thread' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('The guild')
    await page.keyboard.press('Enter')
    await threads.getByRole('link', { name: 'The guild' }).waitFor()
    await page.getByRole('searchbox', { name: 'Search threads' }).fill('nothing like this')
    await threads.getByText('No thread mentions this.').waitFor()
    await page.getByRole('searchbox', { name: 'Search threads' }).fill('guild')
    await threads.getByRole('link', { name: 'The guild' }).waitFor()
    await page.getByRole('searchbox', { name: 'Search threads' }).fill('')
    await page.getByRole('button', { name: 'More for “The guild”' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('heading', { name: 'Ask your documents.' }).waitFor()
    await threads.getByText('Your questions will appear here.').waitFor()
  })

  it('says what is missing when the question is empty', async () => {
    const { page } = app()
    await ask(page, '   ')
    await page.getByRole('alert').getByText('Type a question first.').waitFor()
    expect(await page.getByRole('heading', { name: 'Ask your documents.' }).isVisible()).toBe(true)
  })

  it('goes on streaming after a reload in the middle, and stops when asked', async () => {
    const { page } = app()
    await makeAnswersLong(page)
    await page.getByRole('link', { name: 'New question' }).click()
    await ask(page, 'Tell me everything')
    await page.getByRole('list', { name: 'How this was found' }).waitFor()
    await page.reload()
    const stop = page.getByRole('button', { name: 'Stop the answer' })
    await stop.waitFor()
    const stray = newest(page).getByRole('note').last()
    const before = (await textOf(stray)).length
    await expect.poll(async () => (await textOf(stray)).length, { timeout: 30_000 }).not.toBe(before)
    await page.keyboard.press('Escape')
    await newest(page).getByText('You stopped this answer.').waitFor()
    await newest(page).getByRole('button', { name: 'Ask again' }).click()
    await expect.poll(() => page.getByRole('heading', { level: 2, name: 'Tell me everything' }).count()).toBe(2)
    await stop.click()
    await expect.poll(() => page.getByText('You stopped this answer.').count()).toBe(2)
  })

  it('caused no error in the page', () => {
    expect(app().problems).toEqual([])
  })
})
