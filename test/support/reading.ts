import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createReaderPool, type ReadDocument, type ReaderPoolOptions } from '../../src-main/corpus/index.ts'
import { temporaryFolder } from './folder.ts'

/** Reads a file of that name and content as the app would; what it needs for that goes when the tests are done. */
export function contentReader(
  options: ReaderPoolOptions = {},
): (name: string, content: string | Uint8Array) => Promise<ReadDocument> {
  const folder = temporaryFolder()
  const reader = createReaderPool({ workers: 1, ...options })
  afterAll(() => reader.close())
  return (name, content) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return reader.read(path)
  }
}
