import type { ClientContext, ClientLink } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { bridge, type LagottoBridge } from './bridge.ts'

/** An open channel to the service. */
export interface Channel {
  link: ClientLink<ClientContext>
  /** Resolves when the channel is closed, by whoever. */
  closed: Promise<void>
}

/** Opens a channel, or fails when `signal` says that it took too long. */
export type OpenChannel = (signal: AbortSignal) => Promise<Channel>

function openSocket(url: string, signal: AbortSignal): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    const closed = new Promise<void>((done) => socket.addEventListener('close', () => done()))
    const link = new SocketLink({ websocket: socket })
    const timeUp = () => socket.close()
    signal.addEventListener('abort', timeUp)
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', timeUp)
      resolve({ link, closed })
    })
    socket.addEventListener('close', () => reject(new Error('The channel to the service could not be opened.')))
  })
}

function openPort(shell: LagottoBridge, signal: AbortSignal): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const receive = (message: MessageEvent) => {
      if (message.source !== window || (message.data as { type?: unknown } | null)?.type !== 'lagotto:port') return
      const port = message.ports[0]
      if (!port) return
      window.removeEventListener('message', receive)
      const closed = new Promise<void>((done) => port.addEventListener('close', () => done()))
      const link = new PortLink({ port })
      port.start()
      resolve({ link, closed })
    }
    window.addEventListener('message', receive)
    signal.addEventListener('abort', () => {
      window.removeEventListener('message', receive)
      reject(new Error('The shell gave no channel to the service.'))
    })
    shell.connect()
  })
}

/** The transport of this host: a message port in Electron, a WebSocket in a browser. */
export const openChannel: OpenChannel = (signal) =>
  bridge ? openPort(bridge, signal) : openSocket(`ws://${window.location.host}/rpc`, signal)
