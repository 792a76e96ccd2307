import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { runCommand, temporaryDir } from './app.ts'

/** A folder with some documents, and the command line on a data folder of its own; both go when the tests are done. */
export function commandLine(): {
  root: string
  /** A note on truffles, an empty file, and one that cannot be read. */
  docs: string
  lagotto(...args: string[]): ReturnType<typeof runCommand>
} {
  const root = temporaryDir()
  const docs = join(root, 'docs')
  beforeAll(() => {
    mkdirSync(docs)
    writeFileSync(
      join(docs, 'truffles.md'),
      '# Truffles\n\nThe black truffle of Norcia is found by the dog Brina in November.\n',
    )
    writeFileSync(join(docs, 'empty.txt'), '')
    writeFileSync(join(docs, 'tool.exe'), 'MZ')
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  return { root, docs, lagotto: (...args) => runCommand([...args, '--data-dir', join(root, 'data')]) }
}
