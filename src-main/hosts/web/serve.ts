import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { ErrorValue } from '../../contract/index.ts'
import { type Child, type ChildMessage, entryPoint, type ParentMessage, serviceEnv, supervise } from '../index.ts'
import type { WebReady, WebStart } from './service-process.ts'

/** What {@link serve} needs to know. */
export interface ServeOptions {
  /** Absolute path; null: the environment's or the platform's. */
  dataDir: string | null
  /** 0: any free port. */
  port: number
  /** The service died and is being replaced; one sentence for the person. */
  onNotice(line: string): void
  /** It died too often: nothing is served any more. */
  onGaveUp(error: ErrorValue): void
}

/** What is being served. */
export interface Served {
  /** The address with this launch's token. */
  url: string
  port: number
  /** Process id of the service, as long as it has not been replaced. */
  servicePid: number
  stop(): Promise<void>
}

/**
 * Starts service and loopback host in a process of their own and keeps them alive: a service that dies comes back at
 * the same address, so that an open page reconnects.
 *
 * @throws {AppError} whatever keeps the service from starting: PORT_IN_USE, DATA_DIR_IN_USE, ...
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const token = randomBytes(32).toString('base64url')
  const supervisor = supervise<WebStart, WebReady>({
    spawn: forkService,
    startOptions: (last) => ({ dataDir: options.dataDir, port: last?.port ?? options.port, token }),
    onDeath: (how) => options.onNotice(`The service stopped (${how}) and is being started again.`),
    onGaveUp: options.onGaveUp,
  })
  const { pid, ready } = await supervisor.started
  return {
    url: `http://127.0.0.1:${ready.port}/?token=${token}`,
    port: ready.port,
    servicePid: pid,
    stop: () => supervisor.stop(),
  }
}

function forkService(): Child<WebStart, WebReady> {
  const child = fork(entryPoint('web/service-process.ts', 'web-service'), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Inside Electron this runs the file with its Node instead of opening another window.
    env: process.versions['electron'] ? { ...serviceEnv(), ELECTRON_RUN_AS_NODE: '1' } : serviceEnv(),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  // A process that is already gone cannot be told anything; its exit says so.
  child.on('error', () => undefined)
  return {
    pid: child.pid,
    send: (message: ParentMessage<WebStart>) => child.connected && child.send(message, () => undefined),
    kill: () => child.kill('SIGKILL'),
    onMessage: (listener) => child.on('message', (message) => listener(message as ChildMessage<WebReady>)),
    onExit: (listener) => child.once('exit', (code, signal) => listener(signal ?? `exit code ${code}`)),
  }
}
