import { AppError, appError, type ErrorValue } from '../contract/index.ts'
import { afterDeath } from './restart-policy.ts'

/** What the parent tells the service process. `start` comes first, with whatever that process needs to know. */
export type ParentMessage<Start> = { type: 'start'; options: Start } | { type: 'stop' }

/** What the service process tells its parent: exactly one of these after `start`. */
export type ChildMessage<Ready> = { type: 'ready'; ready: Ready } | { type: 'failed'; error: ErrorValue }

/** A process of any kind (forked, Electron utility) as the supervisor needs it. */
export interface Child<Start, Ready> {
  readonly pid: number | undefined
  send(message: ParentMessage<Start>): void
  kill(): void
  onMessage(listener: (message: ChildMessage<Ready>) => void): void
  /** Called once, however the process ended. */
  onExit(listener: (how: string) => void): void
}

/** A service process that is kept alive. */
export interface Supervisor<Ready> {
  /** The first start. Rejects with the service's own error when it cannot start at all. */
  readonly started: Promise<{ pid: number; ready: Ready }>
  /** Asks the process to end, waits for it, and kills it when that takes too long. */
  stop(): Promise<void>
}

/** What {@link supervise} needs to know. */
export interface SuperviseOptions<Start, Ready> {
  spawn(): Child<Start, Ready>
  /** What each process is told; `last` is what the one before it said, so that a port can be kept. */
  startOptions(last: Ready | null): Start
  /** A process is ready: the first one, and each that replaces a dead one. */
  onReady?(pid: number, ready: Ready): void
  /** A process died and will be replaced. */
  onDeath?(how: string): void
  /** It died too often: nothing runs any more, and nothing will. */
  onGaveUp(error: ErrorValue): void
  /** How long `stop` waits before it kills, ms. */
  stopMs?: number
}

/**
 * Runs the service in a process of its own and replaces it when it dies: llama.cpp aborts, or someone kills it. It gives
 * up after three restarts within a minute. A failure of the very first start is not retried: its cause is the
 * person's to see (a port or a data folder that is in use).
 */
export function supervise<Start, Ready>(options: SuperviseOptions<Start, Ready>): Supervisor<Ready> {
  const first = Promise.withResolvers<{ pid: number; ready: Ready }>()
  const over = Promise.withResolvers<void>()
  let child: Child<Start, Ready> | null = null
  let last: Ready | null = null
  let restarts: number[] = []
  let stopping = false

  function run(): void {
    const running = options.spawn()
    child = running
    let failure: ErrorValue | null = null
    running.onMessage((message) => {
      if (message.type === 'failed') {
        failure = message.error
        return
      }
      const pid = running.pid ?? 0
      last = message.ready
      first.resolve({ pid, ready: message.ready })
      options.onReady?.(pid, message.ready)
    })
    running.onExit((how) => {
      child = null
      if (stopping) over.resolve()
      else if (last === null) first.reject(failure ? new AppError(failure) : stoppedError(how))
      else replace(failure?.message ?? how, failure)
    })
    running.send({ type: 'start', options: options.startOptions(last) })
  }

  function replace(how: string, failure: ErrorValue | null): void {
    const decision = afterDeath(restarts, performance.now())
    restarts = decision.restarts
    if (!decision.restart) {
      options.onGaveUp(failure ?? stoppedError(how).value)
      return
    }
    options.onDeath?.(how)
    setTimeout(() => {
      if (stopping) over.resolve()
      else run()
    }, 100 * restarts.length)
  }

  run()
  return {
    started: first.promise,
    async stop() {
      if (stopping) return over.promise
      stopping = true
      if (child === null) return
      child.send({ type: 'stop' })
      const timer = setTimeout(() => child?.kill(), options.stopMs ?? 5_000)
      await over.promise
      clearTimeout(timer)
    },
  }
}

function stoppedError(how: string): AppError {
  return appError(
    'SERVICE_STOPPED',
    'The part of Lagotto that does the work keeps stopping.',
    'Start Lagotto again; if that does not help, try another model or turn the GPU off.',
    { stillWorks: 'Your documents, libraries and threads are intact.', detail: how },
  )
}
