import { afterAll, expect, it } from 'vitest'
import { longRun } from '../support/long-run.ts'
import { describeApp, expectAccessible, goTo } from '../support/ui.ts'

const STEPS = 10_000

describeApp('Charts', (app) => {
  let run: Awaited<ReturnType<typeof longRun>> | undefined
  afterAll(() => run?.end())

  /** Points that each chart draws, for each pixel of its width. */
  const density = () =>
    app()
      .page.locator('[data-points]')
      .evaluateAll((charts) =>
        charts.map((chart) => Number((chart as HTMLElement).dataset['points']) / chart.clientWidth),
      )
  /** Two curves at most, four points a column of pixels. */
  const expectSparse = async () => {
    const all = await density()
    expect(all).toHaveLength(8)
    expect(Math.max(...all)).toBeLessThanOrEqual(8.1)
    expect(Math.min(...all)).toBeGreaterThan(0)
  }

  it('draw ten thousand steps with as many points as their pixels can show', async () => {
    const { page, dataDir } = app()
    run = await longRun(dataDir, STEPS)
    await page.evaluate((id) => {
      location.hash = `#/teach/${id}`
    }, run.id)
    await page.getByText('All 10000').waitFor({ state: 'attached' })
    await expectSparse()
    await page.getByLabel('Smoothing').selectOption('none')
    await expectSparse()
    await page.getByLabel('Smoothing').selectOption('strong')
    await expectSparse()
    await page.getByText(/^Whole training/).waitFor()
    await expectAccessible(page, 'a long training')
  })

  it('show every step of a part that is looked at closely', async () => {
    const { page } = app()
    await page.getByLabel('Steps').selectOption('100')
    const reward = page.getByRole('figure').filter({ hasText: 'Reward' })
    const points = () => reward.locator('[data-points]').getAttribute('data-points').then(Number)
    // A hundred, the first of them from the step before, and one neighbor.
    await expect.poll(points).toBeLessThanOrEqual(102)
    expect(await points()).toBeGreaterThanOrEqual(101)
    const box = await reward.locator('canvas').boundingBox()
    if (!box) throw new Error('the chart is not there')
    await page.mouse.move(box.x + box.width / 2, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width - 20, box.y + 40, { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => page.getByLabel('Steps').inputValue()).toBe('part')
    await expect.poll(points).toBeLessThan(80)
    await reward.locator('canvas').dblclick({ force: true, position: { x: box.width / 2, y: 60 } })
    await expect.poll(() => page.getByLabel('Steps').inputValue()).toBe('all')
  })

  it('stay as they are while steps are added', async () => {
    const { page, problems } = app()
    for (let round = 0; round < 3; round++) await run?.grow(500)
    await page.getByText('All 11500').waitFor({ state: 'attached' })
    await expectSparse()
    await goTo(page, 'Activity')
    await page
      .getByRole('main')
      .getByText(/^11,500 of 100,000 steps · 0\.2 steps\/s · about 139 h left in all/)
      .waitFor()
    expect(problems).toEqual([])
  })
})
