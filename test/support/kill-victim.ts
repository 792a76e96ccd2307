import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { startService } from '../../src-main/service/index.ts'
import { root } from './data.ts'

/**
 * A process that keeps the library of the folder argv[3] up to date, in the data folder argv[2], until it is killed; says
 * `working` when it begins and `idle` each time everything is up to date. With `once` as argv[4] it then ends. The file
 * argv[5], if any, is its only embedding model.
 */
const [, , dataDir = '', documents = '', mode = '', embedder = ''] = process.argv
const service = await startService({ dataDir, resourcesDir: join(root, 'resources'), version: 'test' })
const client = createRouterClient(service.router)
const name = 'Killed'
const known = (await client.libraries.list()).find((library) => library.name === name)
const { id } = known ?? (await client.libraries.create({ name }))
if (!known) await client.libraries.addSources({ id, paths: [documents] })
process.stdout.write('working\n')
if (embedder !== '') {
  const models = (await client.models.list()).filter(({ role }) => role === 'embedding')
  if (!models.some(({ path }) => path === embedder)) await client.models.add({ path: embedder })
  // a model that reads a library cannot go
  for (const { jobId } of await client.libraries.list())
    if (jobId !== null) for await (const _ of await client.jobs.events({ id: jobId, since: 0 }));
  for (const { id, path } of models) if (path !== embedder) await client.models.remove({ id })
}
for (;;) {
  const { jobId } = await client.libraries.refresh({ id })
  for await (const _ of await client.jobs.events({ id: jobId, since: 0 }));
  process.stdout.write('idle\n')
  if (mode === 'once') break
}
await service.close()
