import type { GenerationRequest, Generator, TokenId } from '../../src-main/agent/index.ts'

/**
 * A `Generator` that says what it is told to, for tests of the loop around it. Its tokens are UTF-16 units; `pieces`
 * of a turn are what it writes at a time.
 */
export function scriptedGenerator(
  turns: readonly string[],
  options: { contextLength?: number; pieceLength?: number } = {},
): Generator & { contexts: string[]; free(): boolean } {
  const { contextLength = 100_000, pieceLength = 3 } = options
  const encode = (text: string): TokenId[] => Array.from(text, (c) => c.codePointAt(0) as number)
  const decode = (tokens: readonly TokenId[]): string => String.fromCodePoint(...tokens)
  const contexts: string[] = []
  let next = 0
  let held = 0
  return {
    contexts,
    free: () => held === 0,
    prompt: 'question-only',
    contextLength,
    tokenizer: { encode, decode },
    chatPrompt: (message) => encode(`[user]${message}[model]`),
    async acquire() {
      held++
      return {
        async generate(request: GenerationRequest) {
          contexts.push(decode(request.context))
          const said = turns[next++] ?? ''
          let text = ''
          const result = (reason: 'stop' | 'end-of-turn' | 'limit' | 'aborted') => ({
            tokens: encode(text),
            text,
            reason,
            evaluated: request.context.length + text.length,
            cached: 0,
            promptMs: 0,
            decodeMs: 0,
          })
          while (text.length < said.length) {
            if (request.signal?.aborted) return result('aborted')
            const piece = said.slice(text.length, Math.min(text.length + pieceLength, request.maxTokens))
            text += piece
            request.onText?.(piece)
            if (request.stop.ends(text)) return result('stop')
            if (text.length >= request.maxTokens) return result('limit')
            await Promise.resolve()
          }
          return result('end-of-turn')
        },
        release() {
          held--
        },
      }
    },
  }
}
