import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { describeApp, expectAccessible, goTo, textOf } from '../support/ui.ts'

describeApp('Compare', (app) => {
  it('asks student and teacher the same, turn by turn, and judges both', async () => {
    const { page } = app()
    await goTo(page, 'Compare')
    await page.getByRole('link', { name: 'New comparison' }).click()
    await page.getByLabel('Question', { exact: true }).fill('Who founded Pathel Guild?')
    await page.getByLabel(/^Right answer/).fill('Prurklo Cirholt')
    await expectAccessible(page, 'New comparison')
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByRole('heading', { name: 'Who founded Pathel Guild?' }).waitFor()
    await page.getByRole('columnheader').filter({ hasText: 'Right' }).waitFor()
    await page.getByRole('columnheader').filter({ hasText: 'Wrong' }).waitFor()
    await page.getByRole('button', { name: 'Lagotto Micro was right' }).click()
    await page.getByText('Kept in “My questions”').waitFor()
    await page.getByRole('button', { name: 'Kept as an example' }).waitFor()
    expect(await textOf(page.getByRole('main'))).toMatch(/Searched for “.+”[\s\S]*found by/)
    await expectAccessible(page, 'a comparison')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).click()
    const kept = JSON.parse(await readFile(await (await download).path(), 'utf8'))
    expect(kept).toMatchObject({ question: 'Who founded Pathel Guild?', answers: ['Prurklo Cirholt'] })
    expect(kept.entries.map(({ right }: { right: boolean }) => right).toSorted()).toEqual([false, true])
  })

  it('hides who is who until there is a vote', async () => {
    const { page } = app()
    await goTo(page, 'Compare')
    await page.getByRole('link', { name: 'New comparison' }).click()
    await page.getByLabel('Question', { exact: true }).fill('Who founded Pathel Guild?')
    await page.getByLabel(/^Blind/).check()
    const models = await page
      .getByRole('combobox', { name: /^Model \d/ })
      .evaluateAll((all) =>
        all.map((select) => (select as HTMLSelectElement).selectedOptions[0]?.text.replace(/ \(.*/, '') ?? ''),
      )
    await page.getByRole('button', { name: 'Compare' }).click()
    await page.getByText('Which answer is best?').waitFor()
    const main = page.getByRole('main')
    for (const model of models) expect(await textOf(main)).not.toContain(model)
    await page.getByRole('button', { name: 'Answer A' }).click()
    await page.getByText(/You found the answer of .+ best/).waitFor()
    for (const model of models) expect(await textOf(main)).toContain(model)
  })

  it('keeps comparisons until they are deleted', async () => {
    const { page } = app()
    await goTo(page, 'Compare')
    const links = page.getByRole('main').getByRole('link', { name: /^Who founded Pathel Guild/ })
    await expect.poll(() => links.count()).toBe(2)
    await links.first().click()
    await page.getByRole('button', { name: 'Delete this comparison' }).click()
    await page.getByRole('button', { name: 'Delete comparison' }).click()
    await expect.poll(() => links.count()).toBe(1)
  })
})
