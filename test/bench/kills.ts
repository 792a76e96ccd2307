import { parseArgs } from 'node:util'
import { temporaryFolder } from '../support/index-files.ts'
import { killAgainAndAgain } from '../support/kills.ts'

/** Kills the service 100 times (`--kills N`) while it indexes, follows changes and tidies up; fails when anything is wrong. */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({ args, options: { kills: { type: 'string', default: '100' } } })
  const kills = Number(values.kills)
  const folder = temporaryFolder()
  try {
    const started = performance.now()
    const wrong = await killAgainAndAgain(folder.path, kills, (done) =>
      process.stderr.write(`\r${done} of ${kills} kills`),
    )
    process.stderr.write('\n')
    if (wrong.length > 0) process.exitCode = 1
    const seconds = Math.round((performance.now() - started) / 1000)
    const verdict = wrong.length === 0 ? 'nothing lost, nothing twice, nothing orphaned' : wrong.join('\n  ')
    return { table: `${kills} kills in ${seconds} s\n  ${verdict}`, result: { bench: 'kills', kills, seconds, wrong } }
  } finally {
    folder.remove()
  }
}
