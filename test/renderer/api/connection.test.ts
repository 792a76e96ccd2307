import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection } from '../../../src-renderer/api/connection.ts'
import type { Channel } from '../../../src-renderer/api/transport.ts'

/** A service that can be there or not, and can go away. */
function service() {
  let up = true
  let hangUp = () => {}
  let opened = 0
  return {
    get opened() {
      return opened
    },
    open: async (): Promise<Channel> => {
      if (!up) throw new Error('refused')
      opened++
      const closed = new Promise<void>((resolve) => {
        hangUp = resolve
      })
      return { link: { call: async () => opened }, closed }
    },
    stop() {
      up = false
      hangUp()
    },
    start() {
      up = true
    },
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('Connection', () => {
  it('comes back after the service did', async () => {
    const host = service()
    const connection = new Connection(host.open)
    const states: string[] = []
    connection.subscribe(() => states.push(connection.state))
    connection.retry()
    await vi.advanceTimersByTimeAsync(10)
    expect(connection.state).toBe('ready')
    host.stop()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(connection.state).toBe('reconnecting')
    const waiting = connection.link()
    host.start()
    await vi.advanceTimersByTimeAsync(3_000)
    await expect(waiting.then((link) => link.call([], undefined, { context: {} }))).resolves.toBe(2)
    expect(states).toEqual(['ready', 'reconnecting', 'ready'])
  })

  it('gives up after twenty seconds, says so to callers, and tries again when asked', async () => {
    const host = service()
    const connection = new Connection(host.open)
    connection.retry()
    await vi.advanceTimersByTimeAsync(10)
    host.stop()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(connection.state).toBe('lost')
    await expect(connection.link()).rejects.toMatchObject({ code: 'SERVICE_STOPPED' })
    host.start()
    connection.retry()
    await vi.advanceTimersByTimeAsync(10)
    expect(connection.state).toBe('ready')
  })

  it('lets a call that waits be cancelled', async () => {
    const host = service()
    host.stop()
    const connection = new Connection(host.open)
    connection.retry()
    const abort = new AbortController()
    const waiting = connection.link(abort.signal)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})
