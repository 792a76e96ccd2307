import type { Change, HubAccess } from '../contract/index.ts'
import { type HubOptions, hubOptions } from '../models/index.ts'
import type { Network } from '../network/index.ts'
import type { Secrets } from '../store/index.ts'

/** The hub that models come from, and the person's access to it. */
export interface Hub {
  /** How to ask it now. */
  options(): HubOptions
  access(): HubAccess
  /** @param token null: forgets it */
  setToken(token: string | null): void
}

export interface HubParts {
  secrets: Secrets
  /** How requests leave now. */
  network(): Network
  changed(change: Change): void
}

const TOKEN = 'hub-token'

/** Creates the hub of a service: `HF_TOKEN` comes before the token that is kept. */
export function createHub({ secrets, network, changed }: HubParts): Hub {
  return {
    options() {
      const fromEnvironment = hubOptions()
      return {
        ...fromEnvironment,
        token: fromEnvironment.token ?? secrets.get(TOKEN),
        network: network(),
      }
    },
    access() {
      const { endpoint, token } = hubOptions()
      const kept = secrets.get(TOKEN) === null ? 'none' : 'kept'
      return { endpoint, token: token === null ? kept : 'environment', keptIn: secrets.keptIn }
    },
    setToken(token) {
      secrets.set(TOKEN, token)
      changed({ topic: 'settings' })
    },
  }
}
