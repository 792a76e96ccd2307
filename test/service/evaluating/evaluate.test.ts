import { join } from 'node:path'
import { expect, test } from 'vitest'
import { evaluate } from '../../../src-main/service/index.ts'
import { root } from '../../support/data.ts'
import { testEngine } from '../../support/engine.ts'

const engine = testEngine()

test.skipIf(!engine)('a small model answers on the training engine what it answers in chat', async () => {
  if (!engine) return
  const common = {
    resourcesDir: join(root, 'resources'),
    data: { kind: 'sample' as const },
    limit: 8,
    retrievalOnly: false,
    arcap: true,
    episodes: 4,
  }
  const chat = await evaluate(common)
  const played = await evaluate({ ...common, engine })
  expect(played.agent?.rows).toHaveLength(8)
  const answers = ({ agent }: typeof chat) => agent?.rows.map(({ episode }) => episode)
  expect(answers(played)).toEqual(answers(chat))
  expect(played.agent?.arcap).toEqual(chat.agent?.arcap)
})
