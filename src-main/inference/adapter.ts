import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { GgufFileInfo, GgufTensorInfo, LlamaModel } from 'node-llama-cpp'
import { type AppError, appError } from '../contract/index.ts'

type Shape = readonly number[]

/** Bytes of a number by ggml type: those that adapters are written in. */
const BYTES: Record<number, number> = { 0: 4, 1: 2, 8: 34 / 32, 30: 2 }

const shapeOf = ({ dimensions }: GgufTensorInfo): Shape => dimensions.map(Number)

const mismatch = (path: string, detail: string): AppError =>
  appError(
    'ADAPTER_MISMATCH',
    `The adapter ${path} does not belong to this model.`,
    'Choose an adapter that was trained on this very model, or the model that this adapter was trained on.',
    { detail },
  )

const damaged = (path: string, detail: string): AppError =>
  appError('ADAPTER_DAMAGED', `${path} is not an adapter that can be read.`, 'Choose another file, or copy it again.', {
    detail,
  })

/** Why a pair of low-rank matrices cannot be added to a weight; null when it can. Shapes are [inputs, outputs]. */
function pairProblem(
  name: string,
  a: Shape | undefined,
  b: Shape | undefined,
  weight: Shape | undefined,
): string | null {
  if (!a || !b) return `${name} lacks one of its two matrices`
  if (!weight) return `the model has no ${name}`
  const fits =
    name === 'token_embd.weight'
      ? weight[0] === b[1] && weight[1] === a[1] && a[0] === b[0]
      : weight[0] === a[0] && weight[1] === b[1] && a[1] === b[0]
  return fits ? null : `${name} is [${weight}], the adapter's matrices are [${a}] and [${b}]`
}

/**
 * Checks that a LoRA adapter (GGUF with `general.type` adapter, as llama.cpp's convert_lora_to_gguf writes it) is whole
 * and that each of its matrices has its place in the model. llama.cpp checks some of this, too, but says no more than that
 * it failed.
 *
 * @throws {AppError} ADAPTER_MISSING, ADAPTER_DAMAGED, ADAPTER_MISMATCH
 */
export async function checkAdapter(path: string, base: GgufFileInfo): Promise<void> {
  const size = await stat(path).then(
    (info) => (info.isFile() ? info.size : 0),
    () => null,
  )
  if (size === null) throw appError('ADAPTER_MISSING', `There is no adapter ${path}.`, 'Check the path.')
  const { readGgufFileInfo } = await import('node-llama-cpp')
  const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(
    (error: unknown) => {
      throw damaged(path, String(error))
    },
  )
  // The reader takes zeros for what is missing at the end.
  if (info.metadataSize + (info.tensorInfoSize ?? 0) > size) throw damaged(path, 'it ends within its header')
  const metadata = info.metadata as {
    general?: { type?: unknown; architecture?: unknown }
    adapter?: { type?: unknown }
  }
  if (metadata.general?.type !== 'adapter' || metadata.adapter?.type !== 'lora') {
    throw damaged(path, `general.type is ${metadata.general?.type}, adapter.type is ${metadata.adapter?.type}`)
  }
  const architecture = base.metadata.general?.architecture
  if (metadata.general.architecture !== architecture) {
    throw mismatch(path, `it is for ${metadata.general.architecture} models, this one is ${architecture}`)
  }

  const weights = new Map((base.fullTensorInfo ?? []).map((tensor) => [tensor.name, shapeOf(tensor)]))
  const pairs = new Map<string, { a?: Shape; b?: Shape }>()
  for (const tensor of info.fullTensorInfo ?? []) {
    const [, name, side] = /^(.+)\.lora_([ab])$/.exec(tensor.name) ?? []
    if (name === undefined) throw mismatch(path, `${tensor.name} is not a low-rank matrix`)
    pairs.set(name, { ...pairs.get(name), [side as 'a' | 'b']: shapeOf(tensor) })
    const bytes = BYTES[tensor.ggmlType] ?? 1
    const end = Number(tensor.fileOffset) + bytes * shapeOf(tensor).reduce((product, n) => product * n, 1)
    if (end > size) throw damaged(path, `${tensor.name} goes on beyond the end of the file`)
  }
  if (pairs.size === 0) throw damaged(path, 'there are no matrices in it')
  for (const [name, { a, b }] of pairs) {
    const problem = pairProblem(name, a, b, weights.get(name))
    if (problem !== null) throw mismatch(path, problem)
  }
}

/**
 * Frees an adapter that no context uses any more. node-llama-cpp (3.21.1) keeps every adapter by its path for as long as
 * the model lives, so that a file written anew would not be read again and each step of a training would leave one behind.
 */
export async function freeAdapter(model: LlamaModel, path: string): Promise<void> {
  const { _loraAdapters: kept } = model as unknown as { _loraAdapters: Map<string, { dispose(): Promise<void> }> }
  const key = resolve(path)
  const adapter = kept.get(key)
  kept.delete(key)
  await adapter?.dispose()
}
