import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { answerSecondStart, isAnswered } from '../../src-main/hosts/electron/second-start.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()

it('knows whether the window of the first start came to the front for it', async () => {
  expect(await isAnswered(folder, 'one', 0)).toBe(false)
  const waiting = isAnswered(folder, 'two')
  answerSecondStart(folder, { id: 'two' })
  expect(await waiting).toBe(true)
  // an answer to somebody else is none
  expect(await isAnswered(folder, 'three', 0)).toBe(false)
})

it('answers nobody who does not say who he is', () => {
  const other = temporaryFolder()
  for (const start of [null, undefined, 'two', { id: 7 }]) answerSecondStart(other, start)
  expect(readdirSync(other)).toEqual([])
})
