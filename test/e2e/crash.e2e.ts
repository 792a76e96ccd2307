import { expect, it } from 'vitest'
import { ask, describeApp, goTo, makeAnswersLong, newest, setNumber, textOf } from '../support/ui.ts'

describeApp('A crash of the service', (app) => {
  it('is told, mended, and loses nothing', async () => {
    const { page, killService } = app()
    const sample = page.getByRole('list').getByRole('button').first()
    const first = await textOf(sample)
    await sample.click()
    await newest(page).getByRole('button', { name: 'Supported' }).waitFor()
    await makeAnswersLong(page)
    await page.getByRole('navigation', { name: 'Threads' }).getByRole('link', { name: first }).click()
    await ask(page, 'Tell me everything')
    await expect.poll(() => newest(page).getByRole('note').count(), { timeout: 30_000 }).toBeGreaterThan(0)
    await killService()
    await page.getByText('Lagotto’s engine stopped. Starting it again…').waitFor()
    await page.getByText('Lagotto’s engine stopped. Starting it again…').waitFor({ state: 'hidden' })
    await newest(page)
      .getByRole('alert')
      .getByText(/stopped/)
      .waitFor()
    await page.getByRole('heading', { level: 2, name: first }).waitFor()
    expect(await page.getByRole('button', { name: 'Supported' }).count()).toBe(1)

    await goTo(page, 'Settings')
    await setNumber(page, 'Temperature', '0')
    await page.getByRole('navigation', { name: 'Threads' }).getByRole('link', { name: first }).click()
    await ask(page, first)
    await newest(page).getByRole('button', { name: 'Supported' }).waitFor()
  })
})
