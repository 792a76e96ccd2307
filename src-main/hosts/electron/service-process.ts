import { RPCHandler } from '@orpc/server/message-port'
import { AppError, toErrorValue } from '../../contract/index.ts'
import { defaultDataDir, type Service, startService } from '../../service/index.ts'
import { appVersion, type ChildMessage, type ParentMessage, resourcesDir } from '../index.ts'
import type { ShellStart } from './channels.ts'

/**
 * The utility process that does the work of the desktop app: the service, and one message port for each page that
 * connects. The shell starts it, replaces it when it dies, and ends it.
 */
async function start(options: ShellStart): Promise<Service> {
  return startService({
    dataDir: options.dataDir ?? defaultDataDir(),
    resourcesDir,
    version: appVersion(),
    follow: true,
    secretKey: options.secretKey === null ? null : Buffer.from(options.secretKey, 'base64'),
    onLog: (line) => console.error(line),
  })
}

const { parentPort } = process
const started = Promise.withResolvers<Service>()
// A failed start is told to the shell below; ports that wait for it are closed with the process.
started.promise.catch(() => undefined)

function tell(message: ChildMessage<null>): void {
  parentPort.postMessage(message)
}

parentPort.on('message', ({ data, ports }) => {
  const message = data as ParentMessage<ShellStart> | { type: 'connect' }
  switch (message.type) {
    case 'start':
      started.resolve(start(message.options))
      started.promise
        .then(() => tell({ type: 'ready', ready: null }))
        .catch((error) => {
          if (!(error instanceof AppError)) console.error(error)
          tell({ type: 'failed', error: toErrorValue(error) })
        })
      return
    case 'connect':
      void started.promise.then((service) => {
        const [port] = ports
        if (!port) return
        new RPCHandler(service.router).upgrade(port, { context: {} })
        port.start()
      })
      return
    case 'stop':
      void started.promise.then((service) => service.close()).finally(() => process.exit(0))
  }
})
