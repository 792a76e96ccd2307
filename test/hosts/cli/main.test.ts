import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { runCommand, temporaryDir } from '../../support/app.ts'
import { cannotRun } from '../../support/skip.ts'

const folder = temporaryDir()
afterAll(() => rmSync(folder, { recursive: true }))

it.skipIf(cannotRun(process.platform !== 'linux', 'only glibc has arenas'))(
  'runs with as few arenas of memory as the service of the app, unless told otherwise',
  async () => {
    const preload = join(folder, 'preload.cjs')
    writeFileSync(preload, 'process.on("exit", () => console.error("arenas", process.env.MALLOC_ARENA_MAX))')
    const env = { NODE_OPTIONS: `-r ${preload}` }
    const last = async (extra: NodeJS.ProcessEnv) => {
      const { stdout, stderr } = await runCommand(['--version'], { ...env, ...extra })
      expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
      return stderr.trimEnd().split('\n').at(-1)
    }
    expect(await last({ MALLOC_ARENA_MAX: undefined })).toBe('arenas 2')
    expect(await last({ MALLOC_ARENA_MAX: '7' })).toBe('arenas 7')
  },
)
