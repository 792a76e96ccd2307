import { resolve } from 'node:path'
import { chromium } from 'playwright-core'
import { launchHost } from '../test/support/app.ts'
import { chromiumArgs, findChromium } from '../test/support/chromium.ts'

/**
 * Makes the picture of the README from the real app on a fresh data folder: a sample question, its answer, and the
 * passage that supports it. Build the interface first; run with `node resources/make-screenshot.ts`.
 */
const host = await launchHost()
const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: chromiumArgs })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 })
  await page.goto(host.url)
  await page.getByRole('list').getByRole('button').nth(1).click()
  await page.getByRole('button', { name: 'Ask again' }).waitFor()
  await page.getByRole('button', { name: /^Source 1/ }).click()
  await page.locator('mark[data-kind="evidence"]').first().waitFor()
  await page
    .getByRole('button', { name: /^Searched for/ })
    .last()
    .click()
  await page.mouse.move(0, 0)
  await page.waitForTimeout(1_500)
  await page.screenshot({ path: resolve(import.meta.dirname, 'screenshot.png') })
} finally {
  await browser.close()
  await host.stop()
}
