import { type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron'
import type { ErrorValue } from '../../contract/index.ts'
import { type Child, type ChildMessage, entryPoint, serviceEnv, supervise } from '../index.ts'
import type { ShellStart } from './channels.ts'

/** The service of the desktop app, kept alive in a process of its own. */
export interface ShellService {
  /** Resolves when it runs; rejects with the reason when it cannot start at all. */
  readonly started: Promise<unknown>
  /** Hands one end of a channel to the service. Without a service the port is closed, and the page tries again. */
  connect(port: MessagePortMain): void
  stop(): Promise<void>
}

/** Starts the service process and replaces it when it dies, at most three times within a minute. */
export function startShellService(start: ShellStart, onGaveUp: (error: ErrorValue) => void): ShellService {
  let current: UtilityProcess | null = null

  function spawn(): Child<ShellStart, null> {
    const child = utilityProcess.fork(entryPoint('electron/service-process.ts', 'service-process'), [], {
      serviceName: 'Lagotto service',
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: serviceEnv(),
      stdio: 'inherit',
    })
    current = child
    return {
      get pid() {
        return child.pid
      },
      send: (message) => child.postMessage(message),
      kill: () => child.kill(),
      onMessage: (listener) =>
        child.on('message', (message: ChildMessage<null>) => {
          listener(message)
          // What could not start has nothing left to do.
          if (message.type === 'failed') child.kill()
        }),
      onExit: (listener) =>
        child.once('exit', (code) => {
          if (current === child) current = null
          listener(`exit code ${code}`)
        }),
    }
  }

  const supervisor = supervise<ShellStart, null>({ spawn, startOptions: () => start, onGaveUp })
  return {
    started: supervisor.started,
    connect(port) {
      if (current) current.postMessage({ type: 'connect' }, [port])
      else port.close()
    },
    stop: () => supervisor.stop(),
  }
}
