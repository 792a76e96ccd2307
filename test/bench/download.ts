import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { fetchFile } from '../../src-main/models/download/fetch-file.ts'
import { type RemoteFile, resolveModel } from '../../src-main/models/download/hub.ts'
import { hashFile } from '../../src-main/models/hash.ts'
import { nodeArgs } from '../support/app.ts'
import type { HubBehavior } from '../support/hub.ts'

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/**
 * A hub in a process of its own, so that it does not share a thread with what is measured. A line on its input sets its
 * behavior; it answers with the bytes that it sent so far.
 */
async function startServer(bytes: number) {
  const code = `
    import { createInterface } from 'node:readline'
    import { startHub } from ${JSON.stringify(join(import.meta.dirname, '../support/hub.ts'))}
    const content = Buffer.alloc(${bytes}, 'lagotto ')
    const hub = await startHub({ 'bench/model': { 'model.gguf': content } })
    console.log(hub.endpoint)
    for await (const line of createInterface(process.stdin)) {
      Object.assign(hub.behavior, JSON.parse(line))
      console.log(hub.seen.reduce((sum, { sent }) => sum + sent, 0))
    }`
  const server = spawn(process.execPath, [...nodeArgs, '--input-type=module', '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]()
  const line = async (): Promise<string> => (await lines.next()).value ?? ''
  return {
    endpoint: await line(),
    /** @returns the bytes that the server has handed to connections so far */
    async set(behavior: Partial<HubBehavior>): Promise<number> {
      server.stdin.write(`${JSON.stringify(behavior)}\n`)
      return Number(await line())
    },
    stop: () => server.kill(),
  }
}

const KILLS = 10

/** Kills the process that fetches, at ten random moments, then lets it finish. @returns the share that was sent twice */
async function killed(server: Awaited<ReturnType<typeof startServer>>, file: RemoteFile, path: string) {
  const before = await server.set({ bytesPerSecond: 60e6 })
  const module = join(import.meta.dirname, '../../src-main/models/download/fetch-file.ts')
  const code = `
    import { fetchFile } from ${JSON.stringify(module)}
    await fetchFile(${JSON.stringify(file)}, ${JSON.stringify(path)}, { onProgress: (n) => console.log(n) })`
  const step = file.sizeBytes / (KILLS + 2)
  let reached = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [...nodeArgs, '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const goal = reached + (0.2 + Math.random()) * step
    for await (const text of createInterface(child.stdout)) {
      reached = Math.max(reached, Number(text))
      if (reached > goal) child.kill('SIGKILL')
    }
  }
  await server.set({ bytesPerSecond: null })
  await fetchFile(file, path)
  const sent = (await server.set({})) - before
  return { rightHash: (await hashFile(path)) === file.sha256, twice: sent / file.sizeBytes - 1 }
}

/** A file from a local hub, checksum included, against curl from the same server in the same run (which checks none); then ten kills. */
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
    const kills = await killed(server, file, join(folder, 'killed'))
    const result = {
      bench: 'download',
      kills: { times: KILLS, ...kills },
      bytes,
      megabytesPerSecond: { curl: rate('curl'), fetched: rate('fetched'), checked: rate('checked') },
      ofCurl: rate('fetched') / rate('curl'),
    }
    const line = (name: string, of: keyof typeof seconds): string => `${name.padEnd(24)} ${rate(of).toFixed(0)} MB/s`
    const table = [
      line('curl', 'curl'),
      `${line('Lagotto', 'fetched')} (${result.ofCurl.toFixed(2)} of curl)`,
      line('Lagotto with SHA-256', 'checked'),
      `killed ${KILLS} times         ${(100 * kills.twice).toFixed(2)} % fetched twice, ${kills.rightHash ? 'right' : 'WRONG'} hash`,
    ].join('\n')
    return { table, result }
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
