import { afterEach, describe, expect, it } from 'vitest'
import { type Host, launchHost } from '../support/app.ts'
import { connectSocket, type OpenClient } from '../support/client.ts'

let host: Host
afterEach(() => host.stop())

/** Connects to the host, again and again while its service is being replaced. */
async function connect(): Promise<OpenClient> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connectSocket(host.url)
    } catch (error) {
      if (attempt === 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until the process is gone. */
async function gone(pid: number): Promise<void> {
  for (let attempt = 0; isAlive(pid) && attempt < 100; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 50))
  expect(isAlive(pid)).toBe(false)
}

describe('the service under `serve`', () => {
  it('comes back at the same address when it is killed, and gives up after the third time', async () => {
    host = await launchHost()
    let pid = host.servicePid
    for (let death = 1; death <= 3; death++) {
      const { closed } = await connect()
      process.kill(pid, 'SIGKILL')
      await closed
      const { client, close } = await connect()
      const info = await client.system.info()
      expect(info.pid).not.toBe(pid)
      pid = info.pid
      close()
    }
    process.kill(pid, 'SIGKILL')
    expect(await host.ended).toBe(1)
    expect(host.log()).toContain('keeps stopping')
  })

  it('ends with its supervisor, however that ends', async () => {
    host = await launchHost()
    process.kill(host.pid, 'SIGKILL')
    await host.ended
    await gone(host.servicePid)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s', async (signal) => {
    host = await launchHost()
    process.kill(host.pid, signal)
    expect(await host.ended).toBe(0)
    expect(isAlive(host.servicePid)).toBe(false)
  })
})
