/** Turns texts into vectors for the passage index. */
export interface Embedder {
  /** Names model file and settings: vectors of different fingerprints do not mix. */
  readonly fingerprint: string
  readonly dimensions: number
  /** Unit vectors, one per text; prefixes that the model expects are added here. */
  embed(texts: readonly string[], kind: 'query' | 'passage', signal?: AbortSignal): Promise<Float32Array[]>
}

/** Scores passages against a query, higher is better. */
export interface Reranker {
  score(query: string, texts: readonly string[], signal?: AbortSignal): Promise<number[]>
}
