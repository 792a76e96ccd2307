import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPassageIndex } from '../../../src-main/retrieval/index.ts'
import { copyIndex } from '../../../src-main/service/runs/index-copy.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { passage } from '../../support/passages.ts'

test('a copy of an index stays as it was while the original changes and is tidied up', async () => {
  const folder = temporaryFolder()
  const original = await openPassageIndex({ dir: join(folder, 'original') })
  const file = (id: string, text: string) => ({ fileId: id, passages: [passage(id, text, { fileId: id })] })
  await original.replace([file('a', 'the first truffle'), file('b', 'the second truffle')])
  await original.finish()
  await copyIndex(join(folder, 'original'), join(folder, 'copy'))

  await original.remove(['a'])
  await original.replace([file('b', 'a mushroom'), file('c', 'a third truffle')])
  await original.finish()
  await original.close()

  const copy = await openPassageIndex({ dir: join(folder, 'copy') })
  const hits = await copy.search('truffle', 10)
  expect(hits.map(({ id }) => id).sort()).toEqual(['a', 'b'])
  expect(await copy.count()).toBe(2)
  await copy.close()
}, 120_000)
