import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { GgufFileInfo } from 'node-llama-cpp'
import { appError, type ErrorValue, type ModelRole, type PromptKind, promptKindSchema } from '../contract/index.ts'
import { headerProblem } from './gguf-header.ts'
import { partsOf } from './source.ts'

/** What the header of a GGUF file says about the model in it. */
export interface ModelFacts {
  name: string
  role: ModelRole
  architecture: string
  parameters: number
  quantization: string
  sizeBytes: number
  contextLength: number
  /** `lagotto.prompt` of the file's metadata. */
  prompt: PromptKind | null
  chatTemplate: string | null
  /** Set when the file is a model but cannot be used for its role here. */
  error: ErrorValue | null
}

/** Elements and bytes of a block, by ggml type number (ggml-common.h); types that are not here are not size-checked. */
const BLOCKS: Record<number, readonly [elements: number, bytes: number]> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  30: [1, 2],
}

const EMBEDDING_ARCHITECTURES = /bert|gemma-embedding|t5encoder/
const POOLING_NONE = 0
const POOLING_RANK = 4
/** Share of the machine's memory that a model's weights may take. */
const MEMORY_SHARE = 0.85

async function checkIsGguf(path: string): Promise<number> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EACCES'
      ? appError('PATH_UNREADABLE', `The model file ${path} cannot be read.`, 'Check the permissions of the file.')
      : appError('MODEL_MISSING', `There is no model file at ${path}.`, 'Check the path, or add the model again.')
  })
  const notGguf = (detail: string) =>
    appError('MODEL_NOT_GGUF', `${path} is not a GGUF model file.`, 'Choose a file that ends in .gguf.', { detail })
  if (!info.isFile()) throw notGguf('not a regular file')
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw appError('PATH_UNREADABLE', `The model file ${path} cannot be read.`, 'Check the permissions of the file.', {
      detail: error.message,
    })
  })
  try {
    const magic = Buffer.alloc(4)
    await file.read(magic, 0, 4, 0)
    if (magic.toString('latin1') !== 'GGUF') throw notGguf('the file does not begin with "GGUF"')
  } finally {
    await file.close()
  }
  return info.size
}

function truncated(path: string, detail: string) {
  return appError(
    'MODEL_TRUNCATED',
    `The model file ${path} is incomplete: its end is missing or its header is damaged.`,
    'Download or copy the file again.',
    { detail },
  )
}

function unsupportedVersion(path: string, error: unknown) {
  return appError(
    'MODEL_UNSUPPORTED',
    `The model file ${path} is written in a version of the format that cannot be read any more.`,
    'Download a newer copy of the model.',
    { detail: String(error), cause: error },
  )
}

function checkComplete(paths: readonly string[], info: GgufFileInfo, sizes: readonly number[]): void {
  const path = paths[0] ?? ''
  if (!info.fullTensorInfo?.length) throw truncated(path, 'there are no weights in it')
  for (const tensor of info.fullTensorInfo) {
    const size = sizes[tensor.filePart - 1] ?? 0
    const elements = tensor.dimensions.reduce<number>((product, n) => product * Number(n), 1)
    const [blockElements, blockBytes] = BLOCKS[tensor.ggmlType] ?? [1, 0]
    const end = Number(tensor.fileOffset) + (elements / blockElements) * blockBytes
    if (end > size)
      throw truncated(paths[tensor.filePart - 1] ?? path, `${tensor.name} ends at byte ${end}, the file at ${size}`)
  }
}

function roleOf(architecture: string, info: GgufFileInfo): ModelRole {
  const pooling = (info.architectureMetadata as { pooling_type?: number } | undefined)?.pooling_type
  if (pooling === POOLING_RANK) return 'reranking'
  if (EMBEDDING_ARCHITECTURES.test(architecture)) return 'embedding'
  return pooling !== undefined && pooling > POOLING_NONE ? 'embedding' : 'chat'
}

/**
 * Reads a model file's header and checks that the file is whole. Nothing is loaded.
 *
 * @param path absolute path of a GGUF file (the first part of a split one)
 * @throws {AppError} MODEL_MISSING, PATH_UNREADABLE, MODEL_NOT_GGUF, MODEL_TRUNCATED
 */
export async function inspectModel(path: string): Promise<ModelFacts> {
  const paths = partsOf(path)
  const sizes: number[] = []
  for (const part of paths) {
    const bytes = await checkIsGguf(part)
    const problem = headerProblem(part, bytes)
    if (problem !== null) throw truncated(part, problem)
    sizes.push(bytes)
  }
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0)
  const { GgufFileType, readGgufFileInfo } = await import('node-llama-cpp')
  const info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false }).catch(
    (error: unknown) => {
      throw /version \d+ is not supported/i.test(String(error))
        ? unsupportedVersion(path, error)
        : truncated(path, String(error))
    },
  )
  checkComplete(paths, info, sizes)

  const architecture = String(info.metadata.general?.architecture ?? 'unknown')
  const role = roleOf(architecture, info)
  const tensors = info.fullTensorInfo ?? info.tensorInfo ?? []
  const parameters = tensors.reduce((sum, t) => sum + t.dimensions.reduce<number>((p, n) => p * Number(n), 1), 0)
  const fileType = info.metadata.general?.file_type
  const template = info.metadata.tokenizer?.chat_template
  const chatTemplate = typeof template === 'string' && template.trim() !== '' ? template : null
  const prompt = promptKindSchema.safeParse((info.metadata as { lagotto?: { prompt?: unknown } }).lagotto?.prompt)
  const fallbackName =
    path
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.gguf$/i, '') ?? path

  let error: ErrorValue | null = null
  if (role === 'chat' && !chatTemplate) {
    error = {
      code: 'MODEL_NO_CHAT_TEMPLATE',
      message: 'This model has no chat template, so it cannot be asked questions.',
      action: 'Choose an “instruct” or “chat” version of the model.',
    }
  } else if (size > totalmem() * MEMORY_SHARE) {
    const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1)
    error = {
      code: 'MODEL_TOO_LARGE',
      message: `This model needs ${gib(size)} GiB, more than this computer's memory allows (${gib(totalmem())} GiB in all).`,
      action: 'Choose a smaller model or a stronger quantization, such as Q4_K_M.',
    }
  }
  return {
    name: String(info.metadata.general?.name ?? fallbackName),
    role,
    architecture,
    parameters,
    quantization:
      typeof fileType === 'number'
        ? (GgufFileType[fileType]?.replace(/^(ALL|MOSTLY)_/, '') ?? `type ${fileType}`)
        : 'unknown',
    sizeBytes: size,
    contextLength: Number(info.architectureMetadata?.context_length ?? 0),
    prompt: prompt.success ? prompt.data : null,
    chatTemplate,
    error,
  }
}

/**
 * A short name of a model file's content, for telling whether two vectors or two runs come from the same weights: a hash
 * of size, first and last mebibyte.
 */
export async function modelFingerprint(path: string): Promise<string> {
  const { size } = await stat(path)
  const hash = createHash('sha256').update(String(size))
  const file = await open(path, 'r')
  try {
    const chunk = Buffer.alloc(2 ** 20)
    for (const at of [0, Math.max(0, size - chunk.length)]) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
      hash.update(chunk.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
  return hash.digest('hex').slice(0, 16)
}
