import { join } from 'node:path'
import { expect, test } from 'vitest'
import { offersOf, readCatalogue } from '../../src-main/models/index.ts'
import { root } from '../support/data.ts'

const catalogue = await readCatalogue(join(root, 'resources/catalogue.json'))

test.each([
  [4, false, 'small-laptop'],
  [8, false, 'small-laptop'],
  [64, false, 'small-laptop'],
  [16, true, 'gaming-pc'],
  [31.2, true, 'workstation'],
])('a computer with %d GB, graphics card: %s, begins with the set %s', async (gigabytes, graphicsCard, id) => {
  const { recommended } = await offersOf(catalogue, [], { totalMemoryBytes: gigabytes * 1e9, graphicsCard })
  expect(recommended).toBe(id)
})
