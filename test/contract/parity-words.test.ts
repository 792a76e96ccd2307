import { expect, test } from 'vitest'
import { parityWords } from '../../src-main/contract/index.ts'

test('what is different in Ask is told as a sentence, without fingerprints', () => {
  const words = (what: Parameters<typeof parityWords>[0]['what']) =>
    parityWords({ what, training: '3f3f', chat: what === 'gone' ? 'There is no model file at m.gguf.' : '5e5e' })
  expect(words('top-k')).toBe('A search shows it 5e5e passages in Ask; in training it showed 3f3f.')
  expect(words('gone')).toBe('There is no model file at m.gguf.')
  for (const what of ['retriever', 'tokenizer'] as const) expect(words(what)).not.toMatch(/3f3f|5e5e/)
})
