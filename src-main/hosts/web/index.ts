/**
 * hosts/web: the loopback host: the same interface and the same service for a browser on this computer, and only for the
 * person who started it. May import: service, contract, the shared part of hosts, ws and oRPC.
 * Must not know: Electron, the terminal's output, or how the service works inside.
 */
export { type Served, type ServeOptions, serve } from './serve.ts'
