import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/data.ts'

/** `node test/native/format.ts`: whether the engine's C++ is formatted as native/.clang-format says. */
const folders = [join(root, 'native/src'), join(root, 'test/native')]
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cpp|h)$/.test(file))
    .map((file) => join(folder, file)),
)
const style = `--style=file:${join(root, 'native/.clang-format')}`
const { status, error } = spawnSync('clang-format', ['--dry-run', '-Werror', style, ...files], { stdio: 'inherit' })
if (error) {
  console.log('skipped: clang-format is not installed (Debian: `apt-get install clang-format`)')
} else {
  process.exitCode = status ?? 1
}
