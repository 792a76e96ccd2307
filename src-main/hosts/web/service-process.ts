import { AppError, toErrorValue } from '../../contract/index.ts'
import { defaultDataDir, startService } from '../../service/index.ts'
import { appVersion, type ChildMessage, type ParentMessage, rendererDir, resourcesDir } from '../index.ts'
import { startLoopback } from './loopback.ts'

/** What the process is told when it starts. */
export interface WebStart {
  /** Absolute path; null: the environment's or the platform's. */
  dataDir: string | null
  port: number
  token: string
}

/** What it answers once it listens. */
export interface WebReady {
  port: number
}

/**
 * The process that does the work of the loopback host: service and HTTP server in one, started by `serve` and replaced
 * by it when it dies. It ends when told to, and when its parent is gone.
 */
async function run(options: WebStart): Promise<() => Promise<void>> {
  const service = await startService({
    dataDir: options.dataDir ?? defaultDataDir(),
    resourcesDir,
    version: appVersion(),
    follow: true,
    onLog: (line) => console.error(line),
  })
  try {
    const loopback = await startLoopback({
      router: service.router,
      rendererDir,
      port: options.port,
      token: options.token,
    })
    tell({ type: 'ready', ready: { port: loopback.port } })
    return async () => {
      await loopback.close()
      await service.close()
    }
  } catch (error) {
    await service.close()
    throw error
  }
}

function tell(message: ChildMessage<WebReady>): void {
  process.send?.(message)
}

let running: Promise<() => Promise<void>> | null = null

async function end(): Promise<void> {
  try {
    const close = await running
    await close?.()
    process.exit(0)
  } catch {
    process.exit(1)
  }
}

// Ctrl+C reaches the whole group of processes; the parent decides what it means.
process.on('SIGINT', () => undefined)
process.on('disconnect', end)
process.on('message', (message: ParentMessage<WebStart>) => {
  if (message.type === 'stop') {
    void end()
    return
  }
  running = run(message.options)
  running.catch((error) => {
    if (!(error instanceof AppError)) console.error(error)
    process.send?.({ type: 'failed', error: toErrorValue(error) } satisfies ChildMessage<WebReady>, () =>
      process.exit(1),
    )
  })
})
