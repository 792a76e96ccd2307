import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** The folder of package.json. */
export const repository = resolve(import.meta.dirname, '../..')

/** How Node runs our sources. */
export const nodeArgs = ['--disable-warning=ExperimentalWarning']

const cli = join(repository, 'src-main/hosts/cli/main.ts')

/** A loopback host in processes of its own, as `lagotto serve` starts it. */
export interface Host {
  /** With the token of this launch. */
  url: string
  port: number
  /** The supervisor. */
  pid: number
  /** The first service process; a restarted one has another id. */
  servicePid: number
  dataDir: string
  /** What was written to stderr so far. */
  log(): string
  /** Resolves with the exit code when the supervisor has ended, for whatever reason. */
  readonly ended: Promise<number | null>
  /** Stops host and service; a data folder made here is deleted. */
  stop(): Promise<void>
}

/**
 * Starts the loopback host from source on a random port. The interface must have been built.
 *
 * @param options.dataDir absent: a new folder, deleted by `stop`
 */
export async function launchHost(options: { dataDir?: string; port?: number } = {}): Promise<Host> {
  const dataDir = options.dataDir ?? temporaryDir()
  const process_ = spawn(
    process.execPath,
    [...nodeArgs, cli, 'serve', '--json', '--data-dir', dataDir, '--port', String(options.port ?? 0)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  process_.stderr.on('data', (chunk) => {
    log += chunk
  })
  const ended = once(process_, 'close').then(([code]) => code as number | null)
  const line = await Promise.race([firstLine(process_.stdout), ended.then(() => null)])
  if (line === null) throw new Error(`the host did not start:\n${log}`)
  const facts = JSON.parse(line) as Pick<Host, 'url' | 'port' | 'pid' | 'servicePid'>
  if (!facts.url) throw new Error(`the host did not start:\n${line}\n${log}`)
  return {
    ...facts,
    dataDir,
    log: () => log,
    ended,
    async stop() {
      process_.kill('SIGTERM')
      await ended
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** What a command of the terminal left behind. */
export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
  /** The last line of stdout, parsed. */
  json(): unknown
}

/** Runs one `lagotto` command from source to its end. */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [...nodeArgs, cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr, json: () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') }
}

/** A new empty folder; the test deletes it. */
export function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), 'lagotto-test-'))
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string | null> {
  for await (const line of createInterface(stream)) return line
  return null
}
