import type { LlamaModel, Token } from 'node-llama-cpp'
import type { Generator } from '../agent/ports.ts'
import { appError } from '../contract/index.ts'
import { renderPrompt } from './chat-template.ts'
import { llamaRuntime, modelError } from './runtime.ts'

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

/**
 * Loads the vocabulary of a model and none of its weights.
 *
 * @throws {AppError} MODEL_NO_CHAT_TEMPLATE, MODEL_FAILED
 */
export async function loadSpelling(path: string): Promise<Spelling & { dispose(): Promise<void> }> {
  const llama = await llamaRuntime()
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true }).catch((error: unknown) => {
    throw modelError(error, path)
  })
  try {
    return { ...spellingOf(model), dispose: () => model.dispose() }
  } catch (error) {
    await model.dispose()
    throw error
  }
}
