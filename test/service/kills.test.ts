import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/index-files.ts'
import { killAgainAndAgain, randomEmbedders } from '../support/kills.ts'

const folder = temporaryFolder()
const rebuilt = temporaryFolder()
afterAll(() => {
  folder.remove()
  rebuilt.remove()
})

test('ten kills at random moments of indexing: no passage is lost, doubled, orphaned or in part', {
  timeout: 180_000,
}, async () => {
  expect(await killAgainAndAgain(folder.path, 10)).toEqual([])
})

test('six kills while the index is built anew beside the one that answers: the same holds', {
  timeout: 180_000,
}, async () => {
  expect(await killAgainAndAgain(rebuilt.path, 6, await randomEmbedders(rebuilt.path))).toEqual([])
})
