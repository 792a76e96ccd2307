#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { serviceEnv } from '../service-env.ts'

// The service runs in this process, and its environment is heeded only when a process starts.
const env = serviceEnv()
if (env['MALLOC_ARENA_MAX'] !== process.env['MALLOC_ARENA_MAX']) {
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], env)
}

// Whoever reads our output may stop reading (`| head`): that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
