import { openPassageIndex } from '../../src-main/retrieval/index.ts'
import { indexFile } from './index-files.ts'

/**
 * A process that writes into the index in argv[2] until it is killed: versions of ten files, from version argv[3] on,
 * each of as many passages as its number says. Acknowledges `file version` on stdout, version 0 for a removed file.
 */
const [, , dir = '', first = '1'] = process.argv
const index = await openPassageIndex({ dir })
for (let version = Number(first); ; version++) {
  for (let at = 0; at < 10; at += 2) {
    const files = [at, at + 1].map((n) => ({ name: `f${n}`, texts: texts(`f${n}`, version, 1 + ((version + n) % 7)) }))
    await index.replace(files.map(({ name, texts }) => indexFile(name, ...texts)))
    acknowledge(files.map(({ name }) => `${name} ${version}`))
  }
  if (version % 3 === 0) {
    await index.remove(['f3'])
    acknowledge(['f3 0'])
  }
  if (version % 4 === 0) await index.finish()
}

function texts(file: string, version: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `everywhere ${file} version ${version} passage ${i} of ${count}`)
}

function acknowledge(lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}
