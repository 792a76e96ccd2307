import { expect, test } from 'vitest'
import { hostsOf, leaving, leavingToDraft, type Model } from '../../src-main/contract/index.ts'

const local = { parameters: 494e6, remote: null } as Model
const at = (host: string, here = false) =>
  ({ parameters: 0, remote: { host, here, model: 'm', speaks: 'chat', scores: { how: 'none', top: 0 } } }) as Model

test('names every server elsewhere that reads along, once', () => {
  const hosts = hostsOf([local, at('a:1'), at('localhost:1', true), at('b:1'), at('a:1'), null, undefined])
  expect(hosts).toEqual(['a:1', 'b:1'])
  expect(leaving(hosts)).toContain('sent to a:1 and b:1')
  expect(leavingToDraft(hosts, 'Work')).toMatch(/all over “Work”.*sent to a:1 and b:1/)
  expect(hostsOf([local, at('localhost:1', true)])).toEqual([])
})
