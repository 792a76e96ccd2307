import type { Change, Settings } from '../contract/index.ts'
import type { Network } from '../network/index.ts'
import type { NetworkStore } from '../store/index.ts'

/** How requests leave this computer: through the proxy of the settings, and each into the list of requests. */
export function recordedNetwork(
  network: NetworkStore,
  settings: () => Settings,
  changed: (change: Change) => void,
): () => Network {
  return () => ({
    proxy: settings().proxy,
    onRequest(request) {
      const id = network.begin(request)
      changed({ topic: 'network' })
      return (outcome) => {
        network.end(id, outcome)
        changed({ topic: 'network' })
      }
    },
  })
}
