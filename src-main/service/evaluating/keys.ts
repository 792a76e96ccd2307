import { createHash } from 'node:crypto'
import { type Contestant, greedy, type Limits, type Model, type PromptKind } from '../../contract/index.ts'
import { hashFile, modelFingerprint } from '../../models/index.ts'
import type { LibraryStore } from '../../store/index.ts'
import { type ChatParts, chatModel, retrieverFingerprint } from '../runs/facts.ts'

/** Rises when the loop itself changes, so that episodes of before are not taken for those of now. */
const LOOP_VERSION = 1

/** A method that can play, and all of it that decides how it does. */
export interface ReadyMethod {
  model: Model & { prompt: PromptKind }
  adapter: string | null
  fingerprint: string
}

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

/** @throws {AppError} what makes the model or the adapter unusable */
export async function readyMethod(
  { registry }: Pick<ChatParts, 'registry'>,
  { model: path, adapter }: Contestant,
  limits: Limits,
): Promise<ReadyMethod> {
  const model = await chatModel(registry, path)
  // An adapter that is missing or damaged is told when it is loaded, by those who know adapters.
  const learned = adapter === null ? null : await hashFile(adapter).catch(() => adapter)
  const weights = model.remote ? JSON.stringify(model.remote) : await modelFingerprint(model.path)
  const fingerprint = digest([LOOP_VERSION, weights, model.prompt, learned, limits, greedy])
  return { model, adapter, fingerprint }
}

/** Names what a library holds and how it is searched: two with the same name find the same. */
export async function libraryFingerprint(
  parts: ChatParts,
  store: Pick<LibraryStore, 'contents'>,
  id: string,
): Promise<string> {
  return digest([await retrieverFingerprint(parts, id), store.contents(id)])
}

/** What an episode is kept under. */
export const episodeKey = (method: ReadyMethod, library: string, question: string): string =>
  digest(['episode', method.fingerprint, library, question])

/** What an answer from given passages is kept under. */
export const readingKey = (method: ReadyMethod, question: string, passages: unknown, think: boolean): string =>
  digest(['reading', method.fingerprint, question, passages, think])
