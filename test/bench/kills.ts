import { parseArgs } from 'node:util'
import { temporaryFolder } from '../support/index-files.ts'
import { killAgainAndAgain, randomEmbedders } from '../support/kills.ts'

/**
 * Kills the service 100 times (`--kills N`) while it indexes, follows changes and tidies up, or, with `--rebuild`, while it
 * builds the index anew for another embedding model; fails when anything is wrong.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({
    args,
    options: { kills: { type: 'string', default: '100' }, rebuild: { type: 'boolean', default: false } },
  })
  const kills = Number(values.kills)
  const folder = temporaryFolder()
  try {
    const started = performance.now()
    const embedders = values.rebuild ? await randomEmbedders(folder.path) : []
    const wrong = await killAgainAndAgain(folder.path, kills, embedders, (done) =>
      process.stderr.write(`\r${done} of ${kills} kills`),
    )
    process.stderr.write('\n')
    if (wrong.length > 0) process.exitCode = 1
    const seconds = Math.round((performance.now() - started) / 1000)
    const verdict = wrong.length === 0 ? 'nothing lost, nothing twice, nothing orphaned' : wrong.join('\n  ')
    return {
      table: `${kills} kills in ${seconds} s\n  ${verdict}`,
      result: { bench: 'kills', rebuild: values.rebuild, kills, seconds, wrong },
    }
  } finally {
    folder.remove()
  }
}
