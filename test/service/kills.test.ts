import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/index-files.ts'
import { killAgainAndAgain } from '../support/kills.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

test('ten kills at random moments of indexing: no passage is lost, doubled, orphaned or in part', {
  timeout: 180_000,
}, async () => {
  expect(await killAgainAndAgain(folder.path, 10)).toEqual([])
})
