import { stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { basename, resolve } from 'node:path'
import type { GgufFileInfo } from 'node-llama-cpp'
import { appError, type Fit, type WeightType } from '../contract/index.ts'
import { freeSpace } from './disk.ts'
import { getJson } from './download/http.ts'
import { type HubOptions, type RemoteModel, requestOf, resolveModel } from './download/hub.ts'
import { readRemoteHeader } from './download/remote-header.ts'
import { inspectModel } from './gguf.ts'
import { openCheckpoint } from './import/checkpoint.ts'
import { type CheckpointConfig, parseConfig } from './import/config.ts'
import { bytesOf } from './import/gguf-format.ts'
import { verdictOf } from './verdict.ts'

export interface FitOptions {
  /** Folder that models are fetched into. */
  modelsDir: string
  /** Tokens of one episode, and how many episodes are played at once. */
  contextLength: number
  slots: number
  hub: HubOptions
  /**
   * Bytes that one step of teaching the model takes beside its weights, over a sequence of some tokens; null: it cannot
   * be taught here.
   */
  trainingBytes(shape: Shape, tokens: number): Promise<number | null>
  /** Tokens per second that this computer's processor writes with so many bytes and numbers of weights. */
  tokensPerSecond(weightsBytes: number, parameters: number): Promise<number | null>
  signal?: AbortSignal
}

/** What the memory beside the weights depends on. */
export interface Shape {
  architecture: string
  layers: number
  heads: number
  keyValueHeads: number
  headSize: number
  vocabulary: number
  embedding: number
  feedForward: number
  trainedContext: number
}

interface Subject {
  reference: string
  format: Fit['format']
  files: Fit['files']
  downloadBytes: number
  diskBytes: number
  weightsBytes: number
  shape: Shape | null
}

/** What a model takes in this process beside weights and buffers, and for each token of its vocabulary (measured). */
const PROCESS_BYTES = 20e6
const BYTES_PER_TOKEN = 450
/** Tokens that llama.cpp computes at a time. */
const BATCH = 512
/** Keys and values are kept as F16. */
const CACHE_BYTES = 2

function shapeOf(info: GgufFileInfo): Shape | null {
  const meta = info.architectureMetadata as unknown as Record<string, unknown> | undefined
  const attention = meta?.['attention'] as Record<string, unknown> | undefined
  const first = (value: unknown): number => Number(Array.isArray(value) ? value[0] : value)
  const layers = Number(meta?.['block_count'])
  const embedding = Number(meta?.['embedding_length'])
  const heads = first(attention?.['head_count'])
  const sizes = {
    layers,
    embedding,
    heads,
    keyValueHeads: first(attention?.['head_count_kv'] ?? heads),
    headSize: Number(attention?.['key_length'] ?? embedding / heads),
    vocabulary: info.metadata.tokenizer?.ggml?.tokens?.length ?? 0,
    feedForward: first(meta?.['feed_forward_length'] ?? 4 * embedding),
    trainedContext: Number(meta?.['context_length'] ?? 0),
  }
  const architecture = String(info.metadata.general?.architecture)
  return Object.values(sizes).every(Number.isFinite) ? { ...sizes, architecture } : null
}

async function headerOf(path: string): Promise<GgufFileInfo | null> {
  const { readGgufFileInfo } = await import('node-llama-cpp')
  return readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(() => null)
}

const shapeOfCheckpoint = ({ family, contextLength, ...sizes }: CheckpointConfig): Shape => ({
  ...sizes,
  architecture: family,
  trainedContext: contextLength,
})
const shapeOfConfig = (value: unknown): Shape => {
  return shapeOfCheckpoint(parseConfig(value))
}

/** Bytes of the converted weights of a checkpoint in half precision. */
const converted = (checkpointBytes: number, type: WeightType): number => Math.ceil(bytesOf(type, checkpointBytes / 2))

async function remoteSubject(remote: RemoteModel, hub: HubOptions, signal?: AbortSignal): Promise<Subject> {
  const files = remote.files.map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }))
  const common = { reference: remote.reference, format: remote.format, files, downloadBytes: remote.sizeBytes }
  const find = (name: string) => remote.files.find((file) => file.name === name)
  if (remote.format === 'checkpoint') {
    const address = find('config.json')?.url ?? ''
    const { value } = await getJson(address, requestOf(hub, address, 'Read the header of a model', signal))
    const weightsBytes = converted(remote.sizeBytes, 'Q8_0')
    return { ...common, weightsBytes, diskBytes: remote.sizeBytes + weightsBytes, shape: shapeOfConfig(value) }
  }
  const [first] = remote.files
  const info = first ? await readRemoteHeader(first, hub, signal) : null
  return { ...common, weightsBytes: remote.sizeBytes, diskBytes: remote.sizeBytes, shape: info && shapeOf(info) }
}

async function localSubject(path: string): Promise<Subject> {
  const file = { name: basename(path), sha256: null }
  if ((await stat(path)).isDirectory()) {
    const { config, tensors } = await openCheckpoint(path)
    const bytes = [...tensors.values()].reduce((sum, tensor) => sum + tensor.bytes, 0)
    const weightsBytes = converted(bytes, 'Q8_0')
    return {
      reference: path,
      format: 'checkpoint',
      files: [{ ...file, sizeBytes: bytes }],
      downloadBytes: 0,
      diskBytes: weightsBytes,
      weightsBytes,
      shape: shapeOfCheckpoint(config),
    }
  }
  const { sizeBytes } = await inspectModel(path)
  const info = await headerOf(path)
  return {
    reference: path,
    format: 'gguf',
    files: [{ ...file, sizeBytes }],
    downloadBytes: 0,
    diskBytes: 0,
    weightsBytes: sizeBytes,
    shape: info && shapeOf(info),
  }
}

/** Weights that every token is multiplied with: all but the table of embeddings, which is also the output's. */
function parametersOf({ layers, heads, keyValueHeads, headSize, vocabulary, embedding, feedForward }: Shape): number {
  const attention = 2 * embedding * headSize * (heads + keyValueHeads)
  return layers * (attention + 3 * embedding * feedForward) + vocabulary * embedding
}

const gb = (bytes: number): string => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`)

function judge(
  memoryBytes: number,
  total: number,
  diskBytes: number,
  freeDisk: number,
): Pick<Fit, 'verdict' | 'summary'> {
  if (diskBytes > freeDisk) {
    const summary = `It needs ${gb(diskBytes)} on the disk, and ${gb(freeDisk)} are free.`
    return { verdict: 'no', summary }
  }
  const need = `It needs about ${gb(memoryBytes)} of the ${gb(total)} of memory`
  const verdict = verdictOf(memoryBytes, total)
  const means = {
    good: 'it runs well on this computer.',
    tight: 'it runs when little else does.',
    no: 'it does not run on this computer. Choose a smaller one.',
  }
  return { verdict, summary: `${need}: ${means[verdict]}` }
}

/**
 * Tells before a download, or before a file is used, whether it would run here. Of a remote model only the header is
 * read.
 *
 * @param reference `hf:…`, an address, or the path of a GGUF file or of a checkpoint's folder
 * @throws {AppError} what `resolveModel`, `inspectModel` and `openCheckpoint` throw
 */
export async function fitModel(reference: string, options: FitOptions): Promise<Fit> {
  const { modelsDir, slots, hub, signal } = options
  const path = resolve(reference)
  const local = await stat(path).catch(() => null)
  if (!local && !/^(hf:|https?:)/i.test(reference))
    throw appError('PATH_MISSING', `There is no file ${path}.`, 'Check the path, or write hf:owner/name.')
  const subject = local
    ? await localSubject(path)
    : await remoteSubject(await resolveModel(reference, hub, signal), hub, signal)
  const { shape, weightsBytes, diskBytes } = subject
  const contextLength = Math.min(options.contextLength, shape?.trainedContext || options.contextLength)
  const contextBytes = shape
    ? 2 * shape.layers * shape.keyValueHeads * shape.headSize * CACHE_BYTES * contextLength * slots
    : null
  const workBytes = shape
    ? PROCESS_BYTES + shape.vocabulary * BYTES_PER_TOKEN + 4 * BATCH * (2 * shape.embedding + 3 * shape.feedForward)
    : 0
  const memoryBytes = weightsBytes + (contextBytes ?? 0) + workBytes
  const step = shape && (await options.trainingBytes(shape, contextLength))
  const freeDiskBytes = await freeSpace(modelsDir)
  const { shape: _, ...facts } = subject
  return {
    ...facts,
    freeDiskBytes,
    contextBytes,
    contextLength,
    memoryBytes,
    trainingBytes: step === null ? null : weightsBytes + step,
    totalMemoryBytes: totalmem(),
    tokensPerSecond: shape && (await options.tokensPerSecond(weightsBytes, parametersOf(shape))),
    ...judge(memoryBytes, totalmem(), diskBytes, freeDiskBytes),
  }
}
