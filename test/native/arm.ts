import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../support/data.ts'

/**
 * `npm run test:arm`: compiles the kernels for 64-bit ARM and checks them in an emulator (Debian: g++-aarch64-linux-gnu,
 * qemu-user-static). A command of its own: an emulator has no ggml libraries, so the whole engine cannot be tried.
 */
const folder = mkdtempSync(join(tmpdir(), 'lagotto-arm-'))
const program = join(folder, 'check')
const sources = ['kernels.cpp', 'neon.cpp', 'portable.cpp'].map((file) => join(root, 'native/src/kernels', file))
const compiler = 'aarch64-linux-gnu-g++'
const emulator = 'qemu-aarch64-static'

try {
  const missing = [compiler, emulator].filter((name) => spawnSync(name, ['--version']).error)
  if (missing.length > 0) {
    console.log(`skipped: ${missing.join(' and ')} not installed`)
  } else {
    const flags = [
      '-std=c++20',
      '-O3',
      '-ffp-contract=fast',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-Wno-sign-compare',
      '-static',
    ]
    const include = `-I${join(root, 'native/src')}`
    const check = join(import.meta.dirname, 'kernels_check.cpp')
    const { status, stderr } = spawnSync(compiler, [...flags, include, check, ...sources, '-o', program], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    for (const kernels of ['neon', 'portable']) {
      const env = { ...process.env, LAGOTTO_KERNELS: kernels }
      if (spawnSync(emulator, [program], { stdio: 'inherit', env }).status !== 0) process.exitCode = 1
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
