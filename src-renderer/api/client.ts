import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { contract } from '../../src-main/contract/index.ts'
import { bridge } from './bridge.ts'
import { Connection } from './connection.ts'
import { openChannel } from './transport.ts'

/** The connection of this page. */
export const connection = new Connection(openChannel)
bridge?.onGaveUp(connection.giveUp)

/**
 * The contract's client. Calls wait for the connection while it is being made, and fail with SERVICE_STOPPED when it
 * is lost; a call that was under way when the channel closed fails as well.
 */
export const client: ContractRouterClient<typeof contract> = createORPCClient({
  call: async (path, input, options) => (await connection.link(options.signal)).call(path, input, options),
})
