import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fetchFile } from '../../src-main/models/download/fetch-file.ts'
import { resolveModel } from '../../src-main/models/download/hub.ts'
import { nodeArgs } from '../support/app.ts'

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** A hub in a process of its own, so that it does not share a thread with what is measured. */
async function startServer(bytes: number) {
  const code = `
    import { startHub } from ${JSON.stringify(join(import.meta.dirname, '../support/hub.ts'))}
    const content = Buffer.alloc(${bytes}, 'lagotto ')
    console.log((await startHub({ 'bench/model': { 'model.gguf': content } })).endpoint)`
  const server = spawn(process.execPath, [...nodeArgs, '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  return { endpoint: line.toString().trim(), stop: () => server.kill() }
}

/** A file from a local hub, checksum included, against curl from the same server in the same run (which checks none). */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({
    args,
    options: { mb: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '3' } },
  })
  const bytes = Number(values.mb) * 1e6
  const server = await startServer(bytes)
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    const file = (await resolveModel('hf:bench/model', { endpoint: server.endpoint, token: null })).files[0]
    if (!file) throw new Error('the server offers nothing')
    const seconds: Record<'curl' | 'fetched' | 'checked', number[]> = { curl: [], fetched: [], checked: [] }
    for (let round = 0; round < Number(values.rounds); round++) {
      const place = (name: string): string => join(folder, `${round}-${name}`)
      let start = performance.now()
      const { status } = spawnSync('curl', ['-sfL', '-o', place('curl'), file.url])
      if (status !== 0) throw new Error('curl failed')
      seconds.curl.push((performance.now() - start) / 1000)
      start = performance.now()
      await fetchFile(file, place('ours'), {
        onVerifying: () => void seconds.fetched.push((performance.now() - start) / 1000),
      })
      seconds.checked.push((performance.now() - start) / 1000)
      rmSync(place('curl'))
      rmSync(place('ours'))
    }
    const rate = (of: keyof typeof seconds): number => bytes / 1e6 / median(seconds[of])
    const result = {
      bench: 'download',
      bytes,
      megabytesPerSecond: { curl: rate('curl'), fetched: rate('fetched'), checked: rate('checked') },
      ofCurl: rate('fetched') / rate('curl'),
    }
    const line = (name: string, of: keyof typeof seconds): string => `${name.padEnd(24)} ${rate(of).toFixed(0)} MB/s`
    const table = [
      line('curl', 'curl'),
      `${line('Lagotto', 'fetched')} (${result.ofCurl.toFixed(2)} of curl)`,
      line('Lagotto with SHA-256', 'checked'),
    ].join('\n')
    return { table, result }
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
