import type { AgentEvent, Evidence, Limits, Outcome, PassageHit, Sampling, Usage } from '../contract/index.ts'
import { findEvidence, type RetrievedPassage } from './evidence.ts'
import { buildInformation } from './information.ts'
import type { Generator, Retriever, TokenId, Tokenizer } from './ports.ts'
import { cutTurn, invalidObservation, parseAction, turnStop, userMessage } from './protocol.ts'
import { createTurnReader } from './turn-reader.ts'

/** Everything that an episode needs. Chat, training and evaluation differ in `sampling` only. */
export interface EpisodeOptions {
  question: string
  generator: Generator
  retriever: Retriever
  limits: Limits
  sampling: Sampling
  signal?: AbortSignal | undefined
  /** Hears what happens, as it happens. */
  emit?: (event: AgentEvent) => void
}

/** A stretch of the episode's tokens and who wrote it: losses apply to `response` only. */
export interface Segment {
  kind: 'prompt' | 'response' | 'observation'
  tokens: TokenId[]
}

export interface EpisodeSearch {
  turn: number
  query: string
  hits: PassageHit[]
  /** How many hits the model was shown. */
  shown: number
}

/** One episode, complete: what was said, what was found, what it cost. */
export interface Episode {
  outcome: Extract<Outcome, 'answered' | 'no-answer' | 'stopped'>
  answer: string | null
  evidence: Evidence | null
  segments: Segment[]
  searches: EpisodeSearch[]
  /** Model turns played, and how many of them held a search or an answer. */
  turns: number
  validTurns: number
  usage: Usage
}

const noUsage: Usage = { generated: 0, evaluated: 0, cached: 0, promptMs: 0, decodeMs: 0 }

/** The usage of two stretches. The later one finds the earlier in its cache, so what counts as cached is the first's. */
function addUsage(a: Usage, b: Usage): Usage {
  return {
    generated: a.generated + b.generated,
    evaluated: a.evaluated + b.evaluated,
    cached: a.evaluated === 0 ? b.cached : a.cached,
    promptMs: a.promptMs + b.promptMs,
    decodeMs: a.decodeMs + b.decodeMs,
  }
}

/** The prompt's tokens; a question that is too long loses its end. */
export function fitPrompt(question: string, generator: Generator, limit: number): { tokens: TokenId[]; cut: boolean } {
  const render = (text: string): TokenId[] => generator.chatPrompt(userMessage(text, generator.prompt))
  let tokens = render(question)
  if (tokens.length <= limit) return { tokens, cut: false }
  const asked = generator.tokenizer.encode(question.trim())
  let keep = asked.length - (tokens.length - limit)
  do {
    tokens = render(generator.tokenizer.decode(asked.slice(0, Math.max(0, keep))))
    keep -= Math.max(1, tokens.length - limit)
  } while (tokens.length > limit && keep > 0)
  return { tokens, cut: true }
}

/** Every turn draws its own numbers. */
function seeded(sampling: Sampling, turn: number): Sampling {
  return sampling.seed === null ? sampling : { ...sampling, seed: (sampling.seed + turn - 1) % 2 ** 32 }
}

/** The tokens of a turn that was cut to `text`: a last token that reaches beyond it is spelled anew. */
function cutTokens(tokens: readonly TokenId[], text: string, tokenizer: Tokenizer): TokenId[] {
  for (let keep = tokens.length; keep >= 0; keep--) {
    const kept = tokens.slice(0, keep)
    const decoded = tokenizer.decode(kept)
    if (decoded === text) return kept
    if (text.startsWith(decoded)) return [...kept, ...tokenizer.encode(text.slice(decoded.length))]
  }
  return tokenizer.encode(text)
}

/**
 * Plays one episode: think, search, read, and again, until the model answers or a limit ends it (`dgpo.md` section 1).
 * Stopping by `signal` is an outcome, not an error; errors of the ports pass through.
 */
export async function playEpisode(options: EpisodeOptions): Promise<Episode> {
  const { question, generator, retriever, limits, sampling, signal, emit = () => {} } = options
  const { tokenizer } = generator
  const budget = Math.min(limits.episode, generator.contextLength)
  const prompt = fitPrompt(question, generator, Math.min(limits.prompt, budget - 1))
  const slot = await generator.acquire(prompt.tokens, signal)

  const segments: Segment[] = [{ kind: 'prompt', tokens: prompt.tokens }]
  let context: TokenId[] = prompt.tokens
  const add = (kind: Segment['kind'], tokens: TokenId[]): void => {
    segments.push({ kind, tokens })
    context = [...context, ...tokens]
  }
  let full = false
  const tellFull = (turn: number): void => {
    if (!full) emit({ type: 'limit', turn, limit: 'episode', allowed: budget })
    full = true
  }
  /** Adds what the environment says; false, with the limit told, when no room is left for that and an answer to it. */
  const observe = (turn: number, tokens: TokenId[]): boolean => {
    if (context.length + tokens.length >= budget) {
      tellFull(turn)
      return false
    }
    add('observation', tokens)
    return true
  }
  const searches: EpisodeSearch[] = []
  const retrieved: RetrievedPassage[] = []
  let usage = noUsage
  let turns = 0
  let validTurns = 0
  const end = (outcome: Episode['outcome'], answer: string | null): Episode => {
    const evidence = answer === null ? null : findEvidence(answer, retrieved)
    if (evidence) emit({ type: 'evidence', evidence })
    return { outcome, answer, evidence, segments, searches, turns, validTurns, usage }
  }

  try {
    for (let turn = 1; turn <= limits.maxTurns + 1; turn++) {
      if (signal?.aborted) return end('stopped', null)
      turns = turn
      emit({ type: 'turn-started', turn })
      if (turn === 1 && prompt.cut) emit({ type: 'limit', turn, limit: 'prompt', allowed: limits.prompt })
      const room = budget - context.length

      const reader = createTurnReader((part, text) => emit({ type: 'text', turn, part, text }))
      const generated = await slot.generate({
        context,
        maxTokens: Math.min(limits.turn, room),
        sampling: seeded(sampling, turn),
        stop: turnStop(),
        onBegin: () => emit({ type: 'writing', turn }),
        onText: (piece) => reader.push(piece),
        signal,
      })
      reader.end()
      const { evaluated, cached, promptMs, decodeMs } = generated
      const spent = { generated: generated.tokens.length, evaluated, cached, promptMs, decodeMs }
      usage = addUsage(usage, spent)
      emit({ type: 'turn-ended', turn, usage: spent })
      if (generated.reason === 'full') {
        tellFull(turn)
        break
      }

      const text = cutTurn(generated.text)
      add('response', text === generated.text ? generated.tokens : cutTokens(generated.tokens, text, tokenizer))
      if (generated.reason === 'aborted') return end('stopped', null)
      if (generated.reason === 'limit') {
        if (room <= limits.turn) tellFull(turn)
        else emit({ type: 'limit', turn, limit: 'turn', allowed: limits.turn })
      }

      const action = parseAction(text)
      if (action) validTurns++
      if (action?.type === 'answer') {
        return action.content === '' ? end('no-answer', null) : end('answered', action.content)
      }
      if (!action) {
        emit({ type: 'invalid', turn })
        if (turn > limits.maxTurns || !observe(turn, tokenizer.encode(invalidObservation()))) break
        continue
      }
      if (turn > limits.maxTurns) {
        emit({ type: 'limit', turn, limit: 'turns', allowed: limits.maxTurns })
        return end('no-answer', null)
      }

      const query = action.content
      emit({ type: 'searching', turn, query })
      const started = performance.now()
      const hits = query === '' ? [] : await retriever.search(query, limits.topK, signal)
      const ms = performance.now() - started
      const block = buildInformation(hits, Math.min(limits.information, budget - context.length - 1), tokenizer)
      emit({ type: 'searched', turn, query, hits, shown: block.shown, ms })
      if (block.cut) emit({ type: 'limit', turn, limit: 'information', allowed: limits.information })
      searches.push({ turn, query, hits, shown: block.shown })
      retrieved.push(...hits.map((hit) => ({ turn, hit })))
      if (!observe(turn, block.tokens)) break
    }
    return end('no-answer', null)
  } finally {
    slot.release()
  }
}
