import type { LlamaModel, Token } from 'node-llama-cpp'
import type { TokenId, Tokenizer } from '../agent/ports.ts'
import { appError, type GpuChoice } from '../contract/index.ts'
import { checkAdapter } from './adapter.ts'
import { renderPrompt } from './chat-template.ts'
import { loadWeights } from './runtime.ts'

/** A model's way from text to tokens and back. */
export interface Vocabulary {
  readonly tokenizer: Tokenizer
  /** One user message through the model's own chat template, with the generation prompt appended. */
  chatPrompt(userMessage: string): TokenId[]
}

/** A vocabulary without its model's weights, for those who compute with the weights elsewhere. Dispose it. */
export interface LoadedVocabulary extends Vocabulary {
  /** The text of each token, by its id. */
  readonly pieces: readonly string[]
  /** Tokens that end a turn. */
  readonly ends: readonly TokenId[]
  /** @throws {AppError} ADAPTER_MISSING, ADAPTER_DAMAGED, ADAPTER_MISMATCH */
  checkAdapter(path: string): Promise<void>
  dispose(): Promise<void>
}

/** The vocabulary of a loaded model. @throws {AppError} MODEL_NO_CHAT_TEMPLATE */
export function vocabularyOf(model: LlamaModel): Vocabulary {
  const template = model.fileInfo.metadata.tokenizer?.chat_template
  if (typeof template !== 'string' || template.trim() === '') {
    throw appError(
      'MODEL_NO_CHAT_TEMPLATE',
      'This model has no chat template, so it cannot be asked questions.',
      'Choose an “instruct” or “chat” version of the model.',
    )
  }
  const special = { bos: model.tokens.bosString ?? '', eos: model.tokens.eosString ?? '' }
  return {
    tokenizer: {
      encode: (text) => model.tokenize(text, false),
      decode: (tokens) => model.detokenize(tokens as Token[], true),
    },
    chatPrompt(userMessage) {
      const { before, content, after } = renderPrompt(template, userMessage, special)
      const tokens = [
        ...model.tokenize(before, true),
        ...model.tokenize(content, false),
        ...model.tokenize(after, true),
      ]
      const { bos, shouldPrependBosToken } = model.tokens
      return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens
    },
  }
}

/**
 * Loads the vocabulary of a model file.
 *
 * @throws {AppError} MODEL_NO_CHAT_TEMPLATE, MODEL_UNSUPPORTED, MODEL_FAILED
 */
export async function loadVocabulary(path: string, gpu: GpuChoice): Promise<LoadedVocabulary> {
  const model = await loadWeights(path, gpu, { vocabOnly: true })
  try {
    const tokens = [...model.iterateAllTokens()]
    return {
      ...vocabularyOf(model),
      pieces: tokens.map((token) => model.detokenize([token], true)),
      ends: tokens.filter((token) => model.isEogToken(token)),
      checkAdapter: (adapter) => checkAdapter(adapter, model.fileInfo),
      dispose: () => model.dispose(),
    }
  } catch (error) {
    await model.dispose()
    throw error
  }
}
