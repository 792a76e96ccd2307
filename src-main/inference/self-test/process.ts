/** Entry of the process that tries one back end: a driver that crashes takes nothing but this with it. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { loadChatModel } from '../chat-model.ts'
import { llamaRuntime } from '../runtime.ts'

export interface SelfTestRequest {
  backend: 'cpu' | 'cuda' | 'vulkan' | 'metal'
  /** Path of a GGUF chat model, a small one. */
  model: string
}
export type SelfTestReply =
  | { devices: string[]; memoryBytes: number; tokensPerSecond: number }
  | { missing: 'libraries' | 'driver' | 'device'; detail: string }

const TOKENS = 96
const PROMPT = 'Once upon a time there was a small dog who found truffles in the woods of the north. '

/** Why a back end's library cannot be loaded, as the system's loader says it; null: it can. */
function loaderError(backend: string): { missing: 'libraries' | 'driver'; detail: string } | null {
  const { platform, arch } = process
  const system = { linux: 'linux', darwin: 'mac', win32: 'win' }[platform as string] ?? platform
  const name = `${system}-${arch}${platform === 'darwin' && arch === 'arm64' ? '-metal' : `-${backend}`}`
  const file = createRequire(import.meta.url).resolve('node-llama-cpp')
  const modules = file.slice(0, file.lastIndexOf('node-llama-cpp'))
  const folder = join(modules, '@node-llama-cpp', name, 'bins', name).replace(/\.asar([\\/])/, '.asar.unpacked$1')
  const library = join(folder, platform === 'win32' ? `ggml-${backend}.dll` : `libggml-${backend}.so`)
  if (!existsSync(folder)) return { missing: 'libraries', detail: `${name} is not installed` }
  if (!existsSync(library)) return null
  try {
    process.dlopen({ exports: {} } as NodeModule, library)
    return null
  } catch (error) {
    const { message } = error as Error
    return /did not self-register/i.test(message) ? null : { missing: 'driver', detail: message }
  }
}

async function test({ backend, model: path }: SelfTestRequest): Promise<SelfTestReply> {
  const llama = await llamaRuntime(backend === 'cpu' ? 'off' : backend)
  if (backend !== 'cpu' && llama.gpu !== backend) {
    return loaderError(backend) ?? { missing: 'device', detail: `llama.cpp runs on ${llama.gpu || 'cpu'}` }
  }
  const { total } = await llama.getVramState()
  const devices = await llama.getGpuDeviceNames()
  if (backend !== 'cpu' && devices.length === 0) return { missing: 'device', detail: 'llama.cpp found no device' }
  const model = await loadChatModel({
    path,
    prompt: 'question-only',
    contextLength: 512,
    slots: 1,
    gpu: backend === 'cpu' ? 'off' : backend,
    threads: null,
  })
  const context = model.tokenizer.encode(PROMPT)
  const slot = await model.acquire(context)
  let tokensPerSecond = 0
  for (const maxTokens of [8, TOKENS]) {
    const { tokens, decodeMs } = await slot.generate({
      context,
      maxTokens,
      sampling: { temperature: 5, topP: 1, topK: 0, minP: 0, seed: 1 },
      stop: { marks: [], ends: () => false },
    })
    tokensPerSecond = (1000 * Math.max(0, tokens.length - 1)) / decodeMs
  }
  slot.release()
  return { devices, memoryBytes: total, tokensPerSecond }
}

process.once('message', async (request: SelfTestRequest) => {
  const reply = await test(request)
  process.send?.(reply, () => process.exit(0))
})
