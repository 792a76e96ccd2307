import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchShell, type Shell, whyNoElectron } from '../support/electron.ts'

const missing = whyNoElectron()
if (missing !== null) console.log(`The Electron shell is not tested: ${missing}.`)

describe.skipIf(missing !== null)('the Electron shell', () => {
  let shell: Shell

  beforeAll(async () => {
    shell = await launchShell()
  }, 60_000)
  afterAll(() => shell.stop())

  it('shows the interface under its own scheme', async () => {
    expect(shell.page.url()).toMatch(/^lagotto:\/\/app\//)
    await shell.page.getByRole('heading').first().waitFor()
  })

  it('gives the page a narrow bridge, and nothing of Node', async () => {
    const found = await shell.page.evaluate(() => ({
      bridge: Object.keys(window.lagotto ?? {}).sort(),
      node: [typeof Reflect.get(window, 'require'), typeof Reflect.get(window, 'process')],
    }))
    expect(found).toEqual({
      bridge: ['connect', 'onGaveUp', 'pickPaths', 'platform'],
      node: ['undefined', 'undefined'],
    })
  })

  it('neither leaves its page nor opens another, nor reaches the network', async () => {
    const { page } = shell
    const opened = await page.evaluate(() => window.open('https://example.com') === null)
    const fetched = await page.evaluate(() =>
      fetch('https://example.com').then(
        () => true,
        () => false,
      ),
    )
    await page.evaluate(() => window.location.assign('https://example.com'))
    expect({ opened, fetched, url: page.url() }).toEqual({
      opened: true,
      fetched: false,
      url: expect.stringMatching(/^lagotto:/),
    })
  })
})
