import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { newProcess, writeProcessState, writeRequest } from './process-state.ts'
import { logPath } from './setup.ts'

const entry = (): string =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './process.ts' : './training-process.js', import.meta.url))

/** Variable of the environment in which the key of a teacher's server comes to the process. */
export const TEACHER_KEY = 'LAGOTTO_TEACHER_KEY'

/**
 * Starts the process of a run. It belongs to nobody: it goes on when the window, the terminal and the service are gone, and
 * is talked to through files in the run's folder.
 *
 * @param teacherKey the key of the server that the teacher is on
 * @returns its process id
 */
export async function spawnTraining(dir: string, teacherKey: string | null = null): Promise<number> {
  await writeRequest(dir, null)
  const log = await open(logPath(dir), 'a')
  try {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry(), dir], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
      // Inside Electron this runs the file with its Node instead of opening another window.
      env: {
        ...process.env,
        ...(process.versions['electron'] ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
        ...(teacherKey === null ? {} : { [TEACHER_KEY]: teacherKey }),
      },
    })
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    await writeProcessState(dir, newProcess(pid))
    child.unref()
    return pid
  } finally {
    await log.close()
  }
}
