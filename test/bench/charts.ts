import { parseArgs } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { buildApp } from '../../src-main/hosts/build.ts'
import { launchHost } from '../support/app.ts'
import { chromiumArgs, ensureChromium } from '../support/chromium.ts'
import { longRun } from '../support/long-run.ts'

/** Times between the frames that the page draws while something is done to it, ms, sorted. */
async function frames(page: Page, act: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { times })
    let last = performance.now()
    const tick = (now: number) => {
      times.push(now - last)
      last = now
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  })
  await act()
  const times = await page.evaluate(() => (window as unknown as { times: number[] }).times)
  await page.reload()
  await page.locator('[data-points]').nth(7).waitFor()
  // The first frame waited for the start of the watch.
  return times.slice(1).sort((a, b) => a - b)
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN

/** How smoothly the eight charts of a training are hovered, zoomed, smoothed and grown, in a real browser. */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({ args, options: { steps: { type: 'string', default: '10000' } } })
  await buildApp()
  const host = await launchHost()
  const browser = await chromium.launch({ executablePath: ensureChromium() ?? '', args: chromiumArgs })
  const run = await longRun(host.dataDir, Number(values.steps))
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(host.url)
    await page.getByRole('heading', { name: 'Ask your documents.' }).waitFor()
    await page.evaluate((id) => {
      location.hash = `#/teach/${id}`
    }, run.id)
    await page.locator('[data-points]').nth(7).waitFor()
    const box = async () => {
      const chart = page.locator('[data-points]').first()
      await chart.scrollIntoViewIfNeeded()
      return (await chart.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    }
    const acts: Record<string, () => Promise<void>> = {
      async hover() {
        const { x, y, width, height } = await box()
        for (let i = 0; i < 3; i++) {
          await page.mouse.move(x + 60, y + height / 2)
          await page.mouse.move(x + width - 10, y + height / 3, { steps: 60 })
        }
      },
      async zoom() {
        for (const part of ['500', '100', 'all', '25', 'all', '500', 'all'])
          await page.getByLabel('Steps').selectOption(part)
        await page.waitForTimeout(300)
      },
      async smooth() {
        for (const strength of ['none', 'strong', 'some', 'none', 'strong'])
          await page.getByLabel('Smoothing').selectOption(strength)
        await page.waitForTimeout(300)
      },
      async grow() {
        for (let i = 0; i < 6; i++) {
          await run.grow(5)
          await page.waitForTimeout(500)
        }
      },
    }
    const result: Record<string, { frames: number; p50: number; p95: number; worst: number }> = {}
    for (const [name, act] of Object.entries(acts)) {
      const times = await frames(page, act)
      result[name] = {
        frames: times.length,
        p50: quantile(times, 0.5),
        p95: quantile(times, 0.95),
        worst: quantile(times, 1),
      }
    }
    const table = Object.entries(result).map(
      ([name, { frames: count, p50, p95, worst }]) =>
        `${name.padEnd(8)}${String(count).padStart(6)} frames, p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`,
    )
    return { table: table.join('\n'), result: { bench: 'charts', steps: Number(values.steps), ...result } }
  } finally {
    await browser.close()
    await run.end()
    await host.stop()
  }
}
