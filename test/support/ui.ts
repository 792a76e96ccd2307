import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { launchHost, temporaryDir } from './app.ts'
import { chromiumArgs, findChromium } from './chromium.ts'
import { launchShell, whyNoElectron } from './electron.ts'

/** The app as a person has it before them: a window on a data folder of its own, with everything behind it real. */
export interface App {
  page: Page
  dataDir: string
  /** Presses a button that asks for a folder or a file, and gives it this one. */
  choose(button: Locator, path: string): Promise<void>
  /** Kills the service process, as a crash would. */
  killService(): Promise<void>
  /** What went wrong in the page without anybody asking: uncaught errors, refused resources. */
  problems: string[]
  stop(): Promise<void>
}

const targets = {
  browser: { launch: launchInBrowser, whyNot: () => null },
  electron: { launch: launchInElectron, whyNot: whyNoElectron },
} as const

/**
 * Declares the same tests for every way in which the app can be had; where one cannot run here, it says why.
 *
 * @param prepare puts something into the data folder before the app starts on it
 */
export function describeApp(
  title: string,
  tests: (app: () => App) => void,
  prepare: (dataDir: string) => void = () => {},
): void {
  for (const [name, { launch, whyNot }] of Object.entries(targets)) {
    const why = whyNot()
    if (why !== null) console.log(`${title}: not run in ${name}: ${why}`)
    describe.skipIf(why !== null)(`${title} (${name})`, () => {
      let app: App | undefined
      const dataDir = temporaryDir()
      beforeAll(async () => {
        prepare(dataDir)
        app = await launch(dataDir)
        await app.page.getByRole('heading', { name: 'Ask your documents.' }).waitFor()
      })
      afterEach(async ({ task }) => {
        if (task.result?.state !== 'fail' || !app) return
        const path = join(tmpdir(), 'lagotto-e2e', `${task.name.replaceAll(/\W+/g, '-')}.png`)
        await app.page.screenshot({ path }).catch(() => undefined)
        console.log(`what was on the screen: ${path}`)
      })
      afterAll(async () => {
        await app?.stop()
        rmSync(dataDir, { recursive: true, force: true })
      })
      tests(() => {
        if (!app) throw new Error('the app did not start')
        return app
      })
    })
  }
}

async function launchInBrowser(dataDir: string): Promise<App> {
  const host = await launchHost({ dataDir })
  const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: chromiumArgs })
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  const problems = watch(page)
  await page.goto(host.url)
  return {
    page,
    dataDir,
    problems,
    async choose(button, path) {
      await button.click()
      const dialog = page.getByRole('dialog')
      // The first listing puts its path into the field: what is typed before that could be mixed with it.
      await dialog.getByRole('button', { name: 'Up one folder' }).waitFor()
      const field = dialog.getByRole('textbox', { name: 'Path' })
      await field.fill(path)
      await field.press('Enter')
      await dialog.getByText(/\.[a-z]+$/i.test(path) ? '1 chosen' : path, { exact: true }).waitFor()
      await dialog.getByRole('button', { name: /^(Add|Choose)/ }).click()
    },
    async killService() {
      process.kill(host.servicePid, 'SIGKILL')
    },
    async stop() {
      await browser.close()
      await host.stop()
    },
  }
}

async function launchInElectron(dataDir: string): Promise<App> {
  const shell = await launchShell(dataDir)
  return {
    page: shell.page,
    dataDir,
    problems: watch(shell.page),
    async choose(button, path) {
      await shell.app.evaluate(({ dialog }, chosen) => {
        dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] })
      }, path)
      await button.click()
    },
    async killService() {
      await shell.app.evaluate(({ app }) => {
        const service = app.getAppMetrics().find(({ serviceName }) => serviceName?.startsWith('node.'))
        if (service) process.kill(service.pid, 'SIGKILL')
      })
    },
    stop: shell.stop,
  }
}

function watch(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  return problems
}

/** Goes to a screen by its link in the sidebar. */
export async function goTo(
  page: Page,
  name: 'Library' | 'Questions' | 'Teach' | 'Compare' | 'Evaluate' | 'Models' | 'Activity' | 'Settings',
): Promise<void> {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name }).click()
  const heading = name === 'Library' ? 'Libraries' : name
  await page.getByRole('heading', { name: heading, exact: true }).waitFor()
}

/** Writes a question into the composer and sends it. */
export async function ask(page: Page, question: string): Promise<void> {
  const composer = page.getByLabel('Your question')
  await composer.fill(question)
  await composer.press('Enter')
}

/** The newest question with its answer. */
export const newest = (page: Page): Locator =>
  page
    .getByRole('article')
    .filter({ has: page.locator('h2') })
    .last()

/** The text of an element, shown or not. */
export const textOf = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? ''

/** Sets a number in the settings and waits until the service has kept it. */
export async function setNumber(page: Page, label: string, value: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true })
  await field.fill(value)
  await field.press('Enter')
}

/** Makes answers long: at the highest temperature the model never finds the tag that would end a turn. */
export async function makeAnswersLong(page: Page): Promise<void> {
  await goTo(page, 'Settings')
  await setNumber(page, 'Temperature', '5')
  await page.getByLabel('Seed', { exact: true }).and(page.locator(':enabled')).waitFor()
  await setNumber(page, 'Seed', '7')
}

/**
 * Asserts that axe finds nothing on what is shown, light and dark where the theme is the system's. What a modal dialog covers is out of reach and darkened, so it is left out
 * (WCAG 1.4.3, inactive). Legacy mode needs no second page, which Electron could not open.
 */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    const axe = new AxeBuilder({ page }).setLegacyMode().exclude('[data-aria-hidden="true"]')
    const { violations } = await axe.analyze()
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
    expect(found, `axe on ${what}, ${colorScheme}`).toEqual([])
  }
}
