import { expect, test } from 'vitest'
import type { Model } from '../../../src-main/contract/index.ts'
import { modelSize } from '../../../src-renderer/components/remote.ts'

const local = { parameters: 494e6, remote: null } as Model
const at = (host: string, here = false) =>
  ({ parameters: 0, remote: { host, here, model: 'm', speaks: 'chat', scores: { how: 'none', top: 0 } } }) as Model

test('tells models apart by their size, or by their server', () => {
  expect([modelSize(local), modelSize(at('a:1'))]).toEqual(['494 M', 'on a:1'])
})
