/**
 * network: how requests leave this computer: through which proxy, told to whom, and made again when they failed for a
 * reason that may pass. May import: contract. Must not know: what is asked of whom (models, remote).
 */
export type { Network, OutgoingRequest, RequestOutcome } from './connections.ts'
export { receiveBody } from './direct.ts'
export { type OutgoingOptions, sendRequest } from './request.ts'
export { Passing, persist, type Retrying, retryAfter } from './retry.ts'
