import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

/** Flags for a browser in a container: no sandbox as root, no GPU, no traffic of its own. */
export const chromiumArgs = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic']

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe']
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** The browser for the end-to-end tests: the system's, else the one that Playwright keeps; null when there is none. */
export function findChromium(): string | null {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)))
  return [...onPath, ...elsewhere, chromium.executablePath()].find((path) => existsSync(path)) ?? null
}

/**
 * Finds a browser, or gets one: Playwright's own, else Debian's package where we are root.
 *
 * @returns its path; null when there is none to be had
 */
export function ensureChromium(): string | null {
  const found = findChromium()
  if (found !== null) return found
  console.log('No Chromium here: getting one.')
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  attempt(process.execPath, [cli, 'install', 'chromium'])
  if (findChromium() === null && process.getuid?.() === 0) {
    attempt('apt-get', ['update', '-qq'])
    attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'])
  }
  return findChromium()
}

function attempt(command: string, args: string[]): void {
  spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 5 * 60_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
