import { readdirSync } from 'node:fs'

/**
 * `node test/bench/run.ts <name> [--json] [...]`: runs the bench of that name beside this file. Prints a table for
 * people; with `--json` the last line is one JSON object with every figure.
 */
export interface Bench {
  bench(args: string[]): Promise<{ table: string; result: object }>
}

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))

const [name = '', ...rest] = process.argv.slice(2)
if (names.includes(name)) {
  const { bench } = (await import(`./${name}.ts`)) as Bench
  const { table, result } = await bench(rest.filter((arg) => arg !== '--json'))
  console.log(table)
  if (rest.includes('--json')) console.log(JSON.stringify(result))
} else {
  console.error(`usage: npm run bench -- <${names.join('|')}> [--json] [options]`)
  process.exitCode = 2
}
