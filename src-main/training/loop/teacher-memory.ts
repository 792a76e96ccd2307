import type { TeacherDistributions } from '../batch.ts'
import type { LearningEpisode } from '../objectives/episode.ts'
import { generatedRows } from '../objectives/episode.ts'
import type { TeacherScorer } from '../ports.ts'
import { packs } from './batches.ts'

/** Bytes of distributions that are kept: teacher episodes are looked at once per epoch. */
const BUDGET = 512 * 2 ** 20

/** An episode to be learned from, and what it is remembered by; null: it comes once only. */
export interface DistilledEpisode {
  key: string | null
  episode: LearningEpisode
}

/** The teacher's distributions of some episodes, each at its generated tokens; those of teacher episodes are remembered. */
export class TeacherMemory {
  readonly #scorer: TeacherScorer
  readonly #k: number | null
  readonly #packTokens: number
  readonly #known = new Map<string, TeacherDistributions>()
  #bytes = 0

  /** @param k probabilities per token, or all of them */
  constructor(scorer: TeacherScorer, { k, packTokens }: { k: number | null; packTokens: number }) {
    this.#scorer = scorer
    this.#k = k
    this.#packTokens = packTokens
  }

  async of(episodes: readonly DistilledEpisode[], signal: AbortSignal | undefined): Promise<TeacherDistributions[]> {
    const found = episodes.map(({ key }) => (key === null ? undefined : this.#known.get(key)))
    const missing = episodes.flatMap(({ key, episode }, i) =>
      found[i] ? [] : [{ i, key, sequence: generatedRows(episode) }],
    )
    for (const pack of packs(missing, this.#packTokens)) {
      const sequences = pack.map(({ sequence }) => sequence)
      const all = await this.#scorer.distributions(sequences, this.#k, signal)
      const rows = sequences.reduce((sum, sequence) => sum + sequence.rows.length, 0)
      let from = 0
      for (const { i, key, sequence } of pack) {
        const own = part(all, rows, from, from + sequence.rows.length)
        from += sequence.rows.length
        found[i] = own
        if (key !== null) this.#remember(key, own)
      }
    }
    return found.map((one) => one ?? { logProbabilities: new Float32Array() })
  }

  #remember(key: string, distributions: TeacherDistributions): void {
    const bytes = distributions.logProbabilities.byteLength * ('k' in distributions ? 2 : 1)
    if (this.#bytes + bytes > BUDGET) return
    this.#bytes += bytes
    this.#known.set(key, distributions)
  }
}

function part(all: TeacherDistributions, rows: number, from: number, to: number): TeacherDistributions {
  const width = all.logProbabilities.length / rows
  const logProbabilities = all.logProbabilities.slice(from * width, to * width)
  if (!('k' in all)) return { logProbabilities }
  return { k: all.k, tokens: all.tokens.slice(from * width, to * width), logProbabilities }
}
