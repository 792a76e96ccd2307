import { execFileSync } from 'node:child_process'

/** Without a name on any system: it owns nothing but what it is given. */
const NOBODY = 65_534

/**
 * Does something as a user who may not read everything, also where the tests run as root. That user owns the folder from
 * then on.
 */
export async function unprivileged(folder: string, work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work()
  execFileSync('chown', ['-R', String(NOBODY), folder])
  process.seteuid?.(NOBODY)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
  }
}
