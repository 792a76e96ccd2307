import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { contract } from '../../src-main/contract/index.ts'

/** The contract's calls, over whatever transport. */
export type Client = ContractRouterClient<typeof contract>

/** A client over a connection that can be closed. */
export interface OpenClient {
  client: Client
  close(): void
  /** Resolves when the connection is closed, by whoever. */
  readonly closed: Promise<void>
}

/** Opens the session of a host's address and returns its cookie. */
export async function openSession(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' })
  const cookie = response.headers.get('set-cookie')?.split(';')[0]
  if (!cookie) throw new Error(`no session: ${response.status}`)
  return cookie
}

/** Connects to a loopback host as its page does. */
export async function connectSocket(url: string): Promise<OpenClient> {
  const cookie = await openSession(url)
  const { host, origin } = new URL(url)
  const socket = new WebSocket(`ws://${host}/rpc`, { headers: { cookie, origin } })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    client: createORPCClient<Client>(new SocketLink({ websocket: socket as unknown as globalThis.WebSocket })),
    close: () => socket.close(),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

/** A client at one end of a message port. */
export function connectPort(port: MessagePort): Client {
  const client = createORPCClient<Client>(new PortLink({ port }))
  port.start()
  return client
}
