import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { embeddingPrefixes, loadEmbedder, loadReranker } from '../../src-main/inference/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { embeddingMetadata, rerankerParts, text, tokenizerOf, writeRandomModel } from '../support/gguf.ts'

const folder = temporaryFolder()
const embedding = join(folder, 'e5-tiny.gguf')
const reranking = join(folder, 'reranker.gguf')
const options = { gpu: 'off' as const, threads: null }

beforeAll(async () => {
  const tokenizer = await tokenizerOf()
  writeRandomModel(embedding, { tokenizer, metadata: embeddingMetadata })
  writeRandomModel(reranking, { tokenizer, ...rerankerParts })
})

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

describe('loadEmbedder', () => {
  test('gives unit vectors that depend on text and kind', async () => {
    const embedder = await loadEmbedder({ ...options, path: embedding, fingerprint: 'weights' })
    const [a, same, other] = await embedder.embed(['a town', 'a town', 'a river'], 'passage')
    const [query] = await embedder.embed(['a town'], 'query')
    if (!a || !same || !other || !query) throw new Error('vectors are missing')
    expect(a).toHaveLength(embedder.dimensions)
    expect(dot(a, a)).toBeCloseTo(1, 5)
    expect(dot(a, same)).toBeCloseTo(1, 5)
    expect(dot(a, other)).toBeLessThan(0.999)
    // The file's name says E5, whose queries and passages begin differently.
    expect(dot(a, query)).toBeLessThan(0.9999)
    expect(embedder.fingerprint).toContain('weights')
    await embedder.dispose()
  })

  test('reads the beginning of a text that is too long', async () => {
    const embedder = await loadEmbedder({ ...options, path: embedding, fingerprint: 'f' })
    const [vector] = await embedder.embed(['word '.repeat(5000)], 'passage')
    expect(vector).toHaveLength(embedder.dimensions)
    await embedder.dispose()
  })

  test('stops when told to', async () => {
    const embedder = await loadEmbedder({ ...options, path: embedding, fingerprint: 'f' })
    await expect(embedder.embed(['x'], 'query', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
    await embedder.dispose()
  })
})

describe('embeddingPrefixes', () => {
  test.each([
    ['e5-base-v2.Q8_0.gguf', 'query: ', 'passage: '],
    ['nomic-embed-text-v1.5', 'search_query: ', 'search_document: '],
    ['bge-small-en-v1.5', 'Represent this sentence for searching relevant passages: ', ''],
    ['bge-m3', '', ''],
    ['bge-small-zh-v1.5', '为这个句子生成表示以用于检索相关文章：', ''],
    ['Multilingual E5 Large', 'query: ', 'passage: '],
    ['Qwen3 Embedding 0.6B', 'Instruct: Given a question, retrieve passages that answer it\nQuery: ', ''],
    ['embeddinggemma-300m', 'task: search result | query: ', 'title: none | text: '],
    ['mxbai_embed_large_v1', 'Represent this sentence for searching relevant passages: ', ''],
    ['snowflake-arctic-embed-l-v2.0', 'query: ', ''],
    ['all-MiniLM-L6-v2', '', ''],
  ])('%s', (name, query, passage) => {
    expect(embeddingPrefixes([name])).toEqual({ query, passage })
  })

  test('come from the first name that is known: what the file says goes before what it is called', () => {
    expect(embeddingPrefixes(['Mine', 'bge-m3', 'e5.gguf'])).toEqual({ query: '', passage: '' })
    expect(embeddingPrefixes(['Mine', 'e5-small.gguf', 'nomic-bert']).query).toBe('query: ')
    expect(embeddingPrefixes(['model.gguf', 'nomic-bert']).query).toBe('search_query: ')
  })

  test('are read from the file', async () => {
    const path = join(folder, 'e5-in-name-only.gguf')
    const metadata = { ...embeddingMetadata, 'general.name': text('Nomic Embed Text v1.5') }
    writeRandomModel(path, { tokenizer: await tokenizerOf(), metadata })
    const embedder = await loadEmbedder({ ...options, path, fingerprint: 'weights' })
    expect(embedder.fingerprint).toContain('search_query: ')
    await embedder.dispose()
  })
})

describe('loadReranker', () => {
  test('scores each text against the query', async () => {
    const reranker = await loadReranker({ ...options, path: reranking })
    const scores = await reranker.score('who founded it', ['the founder', 'a river', 'the founder'])
    expect(scores).toHaveLength(3)
    expect(scores[0]).toBeCloseTo(scores[2] ?? Number.NaN, 5)
    expect(scores[0]).not.toBeCloseTo(scores[1] ?? Number.NaN, 6)
    await reranker.dispose()
  })
})
