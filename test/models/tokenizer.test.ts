import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenizerFingerprints } from '../../src-main/models/index.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tokenizerOf, writeRandomModel } from '../support/gguf.ts'

const folder = temporaryFolder()
const tokenizer = await tokenizerOf()
const UNUSED = 5

/** The fingerprint of the micro vocabulary with more tokens behind it. */
async function fingerprint(name: string, added: readonly string[], type: number): Promise<string> {
  const path = join(folder, `${name}.gguf`)
  const tokens = tokenizer['tokenizer.ggml.tokens']?.value as string[]
  const types = tokenizer['tokenizer.ggml.token_type']?.value as number[]
  writeRandomModel(path, {
    tokenizer: {
      ...tokenizer,
      'tokenizer.ggml.tokens': { type: 'strings', value: [...tokens, ...added] },
      'tokenizer.ggml.token_type': { type: 'i32s', value: [...types, ...added.map(() => type)] },
    },
  })
  return (await tokenizerFingerprints(path)).tokenizer
}

test('models of one family share a tokenizer, however far their vocabulary is padded', async () => {
  const plain = await fingerprint('plain', [], UNUSED)
  expect(await fingerprint('padded', ['[PAD1]', '[PAD2]', '[PAD3]'], UNUSED)).toBe(plain)
  expect(await fingerprint('other', ['<think>'], 4)).not.toBe(plain)
})
