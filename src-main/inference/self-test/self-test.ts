import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Backend, BackendTest } from '../../contract/index.ts'
import type { SelfTestReply, SelfTestRequest } from './process.ts'

const TIMEOUT_MS = 120_000

const names: Record<Backend, string> = { cpu: 'the CPU', cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' }

const driver = 'install the driver of your graphics card.'
const cures: Record<Backend, string> = {
  cpu: 'install Lagotto again.',
  cuda: 'install the driver of your graphics card and the CUDA libraries.',
  vulkan: driver,
  metal: driver,
}

/** The back ends that there can be on a platform, the one that always works first. */
export function possibleBackends(platform: NodeJS.Platform = process.platform): Backend[] {
  return platform === 'darwin' ? ['cpu', 'metal'] : ['cpu', 'cuda', 'vulkan']
}

const entry = (): string =>
  import.meta.filename.endsWith('.ts')
    ? join(import.meta.dirname, 'process.ts')
    : join(import.meta.dirname, 'self-test.js')

/** Why a back end is not used, in words. */
function reasonOf(backend: Backend, { missing, detail }: Extract<SelfTestReply, { missing: string }>): string {
  const library = /([\w.-]+\.(?:so[.\d]*|dll|dylib))(?=:| |$)/.exec(detail)?.[1]
  switch (missing) {
    case 'libraries':
      return `The libraries for ${names[backend]} are not installed.`
    case 'driver':
      return `A library that ${names[backend]} needs is missing${library ? ` (${library})` : ''}: ${cures[backend]}`
    case 'device':
      return `${names[backend]} found no graphics card that it can use.`
  }
}

let turn: Promise<unknown> = Promise.resolve()

/**
 * Tries a back end with a small model in a process of its own, one at a time, so that they do not slow each other down.
 * Whatever happens there is an answer: this process goes on when a driver crashes.
 *
 * @param model path of a GGUF chat model
 */
export function testBackend(backend: Backend, model: string, timeoutMs = TIMEOUT_MS): Promise<BackendTest> {
  const mine = turn.then(() => test(backend, model, timeoutMs))
  turn = mine.catch(() => undefined)
  return mine
}

async function test(backend: Backend, model: string, timeoutMs: number): Promise<BackendTest> {
  const child = fork(entry(), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  })
  const failed = (reason: string, detail: string | null): BackendTest => ({
    backend,
    works: false,
    devices: [],
    memoryBytes: 0,
    tokensPerSecond: null,
    reason,
    detail,
  })
  let log = ''
  child.stderr?.on('data', (text: Buffer) => {
    log = (log + text).slice(-2000)
  })
  const { promise, resolve } = Promise.withResolvers<BackendTest>()
  const timer = setTimeout(() => {
    resolve(failed(`${names[backend]} did not answer within ${timeoutMs / 1000} seconds.`, log || null))
    child.kill('SIGKILL')
  }, timeoutMs)
  child
    .once('message', (reply: SelfTestReply) => {
      if ('missing' in reply) resolve(failed(reasonOf(backend, reply), reply.detail))
      else resolve({ backend, works: true, reason: null, detail: null, ...reply })
    })
    .once('error', (error) => resolve(failed('The test could not be started.', error.message)))
    .once('close', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      resolve(failed(`The driver for ${names[backend]} crashed (${how}).`, log || null))
    })
  child.send({ backend, model } satisfies SelfTestRequest, () => undefined)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
