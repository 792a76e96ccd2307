import type { LlamaModel, Token } from 'node-llama-cpp'
import type { Generator, TokenId } from '../agent/ports.ts'
import { appError, type GpuChoice } from '../contract/index.ts'
import { checkAdapter } from './adapter.ts'
import { renderPrompt } from './chat-template.ts'
import { loadWeights } from './runtime.ts'

/** How a model turns text into tokens, and opens a conversation. */
export type Spelling = Pick<Generator, 'tokenizer' | 'chatPrompt'>

/**
 * The spelling of a model whose vocabulary is loaded.
 *
 * @throws {AppError} MODEL_NO_CHAT_TEMPLATE
 */
export function spellingOf(model: LlamaModel): Spelling {
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

/** The spelling of a model whose weights are elsewhere. Dispose it. */
export interface LoadedSpelling extends Spelling {
  /** The text of each token, by its id, and those that end a turn. */
  vocabulary(): { pieces: readonly string[]; ends: readonly TokenId[] }
  /** @throws {AppError} ADAPTER_MISSING, ADAPTER_DAMAGED, ADAPTER_MISMATCH */
  checkAdapter(path: string): Promise<void>
  dispose(): Promise<void>
}

/**
 * Loads the vocabulary of a model and none of its weights.
 *
 * @throws {AppError} MODEL_NO_CHAT_TEMPLATE, MODEL_FAILED
 */
export async function loadSpelling(path: string, gpu?: GpuChoice): Promise<LoadedSpelling> {
  const model = await loadWeights(path, gpu, { vocabOnly: true })
  try {
    return {
      ...spellingOf(model),
      vocabulary() {
        const tokens = [...model.iterateAllTokens()]
        return {
          pieces: tokens.map((token) => model.detokenize([token], true)),
          ends: tokens.filter((token) => model.isEogToken(token)),
        }
      },
      checkAdapter: (adapter) => checkAdapter(adapter, model.fileInfo),
      dispose: () => model.dispose(),
    }
  } catch (error) {
    await model.dispose()
    throw error
  }
}
