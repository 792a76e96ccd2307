import type { ClientContext, ClientLink } from '@orpc/client'
import { type AppError, appError } from '../../src-main/contract/index.ts'
import type { Channel, OpenChannel } from './transport.ts'

/** `connecting`: at the start; `reconnecting`: it was there and went; `lost`: given up, see {@link Connection.retry}. */
export type ConnectionState = 'connecting' | 'ready' | 'reconnecting' | 'lost'

const FIRST_WAIT_MS = 300
const LONGEST_WAIT_MS = 2_000
const ATTEMPT_MS = 4_000
const GIVE_UP_MS = 20_000

const stopped = (): AppError =>
  appError('SERVICE_STOPPED', 'Lagotto’s engine is not running.', 'Close Lagotto and start it again.', {
    stillWorks: 'Your threads and libraries are safe on disk.',
  })

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Keeps one channel to the service open: opens it, notices when it closes, and opens it again. */
export class Connection {
  #open: OpenChannel
  #state: ConnectionState = 'connecting'
  #channel: Channel | null = null
  #running = false
  #listeners = new Set<() => void>()

  constructor(open: OpenChannel) {
    this.#open = open
  }

  get state(): ConnectionState {
    return this.#state
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins to connect; does nothing while it is already at it. */
  retry = (): void => {
    if (this.#state === 'lost') this.#set('reconnecting')
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  /** The shell says that the service will not come back. */
  giveUp = (): void => {
    if (this.#state !== 'ready') this.#set('lost')
  }

  /** The channel's link, once there is one. Raises SERVICE_STOPPED when the service is lost. */
  async link(signal?: AbortSignal): Promise<ClientLink<ClientContext>> {
    while (true) {
      signal?.throwIfAborted()
      if (this.#channel) return this.#channel.link
      if (this.#state === 'lost') throw stopped()
      await new Promise<void>((resolve) => {
        const done = () => {
          off()
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const off = this.subscribe(done)
        signal?.addEventListener('abort', done)
      })
    }
  }

  #set(state: ConnectionState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) listener()
  }

  async #run(): Promise<void> {
    let since = Date.now()
    let wait = FIRST_WAIT_MS
    while (true) {
      try {
        const channel = await this.#open(AbortSignal.timeout(ATTEMPT_MS))
        this.#channel = channel
        this.#set('ready')
        const openedAt = Date.now()
        await channel.closed
        this.#channel = null
        this.#set('reconnecting')
        // A channel that held for a while earns a fresh start; one that closes at once counts as a failed attempt.
        if (Date.now() - openedAt > LONGEST_WAIT_MS) {
          since = Date.now()
          wait = FIRST_WAIT_MS
        }
      } catch {
        // Not there yet: wait and try again below.
      }
      if (Date.now() - since > GIVE_UP_MS) break
      await sleep(wait)
      wait = Math.min(wait * 1.6, LONGEST_WAIT_MS)
    }
    this.#running = false
    this.#set('lost')
  }
}
