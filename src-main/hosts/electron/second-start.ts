import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** A window that is slow to come to the front does so within this time; one that hangs never does. */
const PATIENCE_MS = 5000
const INTERVAL_MS = 100

const answerFile = (folder: string): string => join(folder, 'second-start')

/**
 * Tells a second start that its window is in front of the person.
 *
 * @param folder of the window, which both starts know
 * @param start what the second start said of itself: nothing that could be trusted
 */
export function answerSecondStart(folder: string, start: unknown): void {
  const id = (start as { id?: unknown } | null)?.id
  if (typeof id === 'string') writeFileSync(answerFile(folder), id)
}

/** Whether the first start answered the second one, which called itself `id`. */
export async function isAnswered(folder: string, id: string, patienceMs = PATIENCE_MS): Promise<boolean> {
  for (let waited = 0; ; waited += INTERVAL_MS) {
    try {
      if (readFileSync(answerFile(folder), 'utf8') === id) return true
    } catch {
      // nobody ever answered in this folder
    }
    if (waited >= patienceMs) return false
    await setTimeout(INTERVAL_MS)
  }
}
