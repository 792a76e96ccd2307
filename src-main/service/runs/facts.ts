import {
  AppError,
  appError,
  defaultLimits,
  type Limits,
  type Model,
  type PromptKind,
  type RunConfig,
  type RunManifest,
  runConfigSchema,
  type Settings,
} from '../../contract/index.ts'
import { type ModelRegistry, modelFingerprint, tokenizerFingerprints } from '../../models/index.ts'
import { DEFAULT_CONTEXT } from '../engine.ts'
import type { Libraries } from '../libraries.ts'
import type { PlayFacts } from './parity.ts'
import type { Setup } from './setup.ts'

/** Where chat's ways are known from. */
export interface ChatParts {
  registry: ModelRegistry
  libraries: Libraries
  settings(): Settings
}

/** Settings that do not exist, by their path. */
function unknownSettings(given: unknown, known: unknown, path: string[] = []): string[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return []
  return Object.entries(given).flatMap(([key, value]) => {
    const own = typeof known === 'object' && known !== null && Object.hasOwn(known, key)
    return own
      ? unknownSettings(value, (known as Record<string, unknown>)[key], [...path, key])
      : [[...path, key].join('.')]
  })
}

/** @throws {AppError} INVALID_INPUT naming the setting */
export function parseConfig(given: Record<string, unknown>): RunConfig {
  const parsed = runConfigSchema.safeParse(given)
  const [issue] = parsed.error?.issues ?? []
  const [unknown] = parsed.success ? unknownSettings(given, parsed.data) : []
  if (parsed.success && unknown === undefined) return parsed.data
  throw appError(
    'INVALID_INPUT',
    unknown === undefined
      ? `The setting ${issue?.path.join('.')} is not right: ${issue?.message}.`
      : `There is no setting ${unknown} of a training run.`,
    'Correct it and try again; the settings and their defaults are listed in the documentation of training.',
  )
}

/** The limits that chat plays with on this computer. */
export const chatLimits = ({ contextLength }: Settings): Limits => ({
  ...defaultLimits,
  episode: Math.min(defaultLimits.episode, contextLength ?? DEFAULT_CONTEXT),
})

/** @throws {AppError} MODEL_*, INVALID_INPUT for a model that does not chat */
export async function chatModel(registry: ModelRegistry, path: string): Promise<Model & { prompt: PromptKind }> {
  const model = await registry.atPath(path)
  if (model.error) throw new AppError(model.error)
  if (model.role !== 'chat') {
    throw appError('INVALID_INPUT', `${model.name} is not a chat model.`, 'Choose a chat model.')
  }
  return { ...model, prompt: model.prompt ?? 'search-r1' }
}

/** How chat would play with a model on a library now. */
export async function chatFacts(parts: ChatParts, modelPath: string, libraryId: string): Promise<PlayFacts> {
  const model = await chatModel(parts.registry, modelPath)
  const { tokenizer } = await tokenizerFingerprints(modelPath)
  return {
    prompt: model.prompt,
    tokenizer,
    retriever: await retrieverFingerprint(parts, libraryId),
    limits: chatLimits(parts.settings()),
  }
}

/** How a run plays. */
export function trainingFacts({ environment, student }: Pick<RunManifest, 'environment' | 'student'>): PlayFacts {
  const { prompt, limits, library } = environment
  return { prompt, limits, retriever: library.fingerprint, tokenizer: student.tokenizer }
}

/** The model of a role that searches here, if one is installed and wanted. */
export async function encoderOf(
  { registry, settings }: Pick<ChatParts, 'registry' | 'settings'>,
  role: 'embedding' | 'reranking',
): Promise<Setup['embedder']> {
  if (role === 'reranking' && !settings().rerank) return null
  const model = await registry.firstUsable(role)
  return model && { path: model.path, name: model.name, fingerprint: await modelFingerprint(model.path) }
}

/** Names everything that decides which passages a search finds. */
export async function retrieverFingerprint(parts: ChatParts, libraryId: string): Promise<string> {
  const { fingerprint, embedded } = await parts.libraries.place(libraryId)
  const reranker = await encoderOf(parts, 'reranking')
  return [fingerprint, embedded ? 'by words and meaning' : 'by words', reranker?.fingerprint].filter(Boolean).join(' ')
}
