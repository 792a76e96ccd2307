import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Passage } from '../../src-main/contract/index.ts'
import { passage } from './passages.ts'

/** A new folder and how to delete it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lagotto-index-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A file of the given texts, as ingestion hands it to the index. */
export function indexFile(fileId: string, ...texts: string[]): { fileId: string; passages: Passage[] } {
  return { fileId, passages: texts.map((text, i) => passage(`${fileId}-${i}`, text, { fileId })) }
}
