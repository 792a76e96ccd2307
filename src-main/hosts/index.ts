/**
 * hosts: what brings the service to people: a window (electron/), a browser (web/), a terminal (cli/). This file is what
 * the three share. May import: service, contract; `electron` only below electron/, the renderer never.
 * Must not know: agent, inference, corpus, retrieval, models, store or evaluation; the service is their face.
 */
export { type Asset, type Assets, contentSecurityPolicy, readAssets, securityHeaders } from './assets.ts'
export { appRoot, appVersion, entryPoint, rendererDir, resourcesDir } from './paths.ts'
export { afterDeath } from './restart-policy.ts'
export { serviceEnv } from './service-env.ts'
export { type Child, type ChildMessage, type ParentMessage, type Supervisor, supervise } from './supervisor.ts'
