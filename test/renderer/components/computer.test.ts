import { expect, it } from 'vitest'
import { computerText } from '../../../src-renderer/components/computer.ts'

const info = { version: '', pid: 1, dataDir: '', platform: '', cpu: '', cores: 8, memoryBytes: 16e9, compute: null }

it('says in plain words what the computer can do', () => {
  expect(computerText(info)).toBe(
    'This computer has 8 cores and 16 GB of memory: room for models of up to about 8 billion weights.',
  )
  expect(computerText({ ...info, compute: 'cuda' })).toContain('Models run on the graphics card (CUDA).')
  expect(computerText({ ...info, cores: 1, memoryBytes: 1e9 })).toContain('1 core and 1 GB')
})
