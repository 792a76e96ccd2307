import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { buildApp } from '../../src-main/hosts/build.ts'
import { launchHost } from '../support/app.ts'
import { root } from '../support/data.ts'

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Everything that the page names itself, so that it is fetched before the first paint; gzip, bytes. */
function firstPaintBytes(): number {
  const renderer = join(root, 'out/renderer')
  const html = readFileSync(join(renderer, 'index.html'), 'utf8')
  const files = [
    'index.html',
    ...Array.from(html.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g), ([, f]) => f ?? ''),
  ]
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(renderer, file))).length, 0)
}

/**
 * From the command to a host that answers, without a model: supervisor, service process, data folder, HTTP. A new data
 * folder has to make its database and to index the sample library beside; an old one does not.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '5' } } })
  await buildApp()
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    const times: Record<'newFolder' | 'oldFolder', number[]> = { newFolder: [], oldFolder: [] }
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const kind of ['newFolder', 'oldFolder'] as const) {
        const started = performance.now()
        const host = await launchHost({ dataDir: join(folder, String(round)) })
        times[kind].push(performance.now() - started)
        await host.stop()
      }
    }
    const result = {
      bench: 'start',
      readyMs: { newFolder: median(times.newFolder), oldFolder: median(times.oldFolder) },
      firstPaintGzipBytes: firstPaintBytes(),
    }
    const table = [
      `ready, new data folder   ${result.readyMs.newFolder.toFixed(0).padStart(8)} ms`,
      `ready, old data folder   ${result.readyMs.oldFolder.toFixed(0).padStart(8)} ms`,
      `before the first paint   ${(result.firstPaintGzipBytes / 1000).toFixed(0).padStart(8)} kB gzip`,
    ].join('\n')
    return { table, result }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
