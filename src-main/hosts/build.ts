import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { appError } from '../contract/index.ts'
import { appRoot, rendererDir } from './paths.ts'

/** Builds app and interface when a checkout was never built; an installed app always has them. */
export async function ensureBuilt(): Promise<void> {
  if (existsSync(join(rendererDir, 'index.html'))) return
  await buildApp()
}

/**
 * Builds everything into out/, quietly: what the build says goes to stderr when it fails.
 *
 * @throws {AppError} INTERNAL with the build's output as detail
 */
export async function buildApp(): Promise<void> {
  const tool = join(
    dirname(createRequire(import.meta.url).resolve('electron-vite/package.json')),
    'bin/electron-vite.js',
  )
  const build = spawn(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
    cwd: appRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  build.stdout.on('data', (chunk) => {
    output += chunk
  })
  build.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => build.once('error', reject).once('close', resolve))
  if (code === 0) return
  throw appError('INTERNAL', 'The app could not be built.', 'Run `npm install`, then try again.', { detail: output })
}
