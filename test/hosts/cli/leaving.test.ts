import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandLine } from '../../support/cli.ts'
import { root as repository } from '../../support/data.ts'
import { startOpenAi } from '../../support/openai.ts'
import { cannotRun } from '../../support/skip.ts'

const { lagotto } = commandLine()
/** An address of this machine that others could reach: to the app, a server elsewhere. */
const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

describe.skipIf(cannotRun(outside === undefined, 'this machine is in no network'))('texts that leave', () => {
  let server: Awaited<ReturnType<typeof startOpenAi>>
  beforeAll(async () => {
    server = await startOpenAi(join(repository, 'resources/models/micro-teacher.gguf'), outside)
    const connected = await lagotto('models', 'connect', server.url, '--model', 'micro', '--name', 'Far')
    expect(connected.code).toBe(0)
  }, 60_000)
  afterAll(() => server.close())

  it('are named before a model elsewhere is asked, and compared', async () => {
    const said = () =>
      expect.stringContaining(`The question and the passages that are found for it are sent to ${server.host}.`)
    const asked = await lagotto('ask', '--sample', 'Who founded Pathel Guild?', '--model', 'remote:Far')
    expect(asked.stderr).toEqual(said())
    const here = join(repository, 'resources/models/micro-student.gguf')
    const both = ['--contestant', 'remote:Far', '--contestant', here]
    expect((await lagotto('compare', '--sample', 'Who founded Pathel Guild?', ...both)).stderr).toEqual(said())
  }, 120_000)

  it('are not spoken of when all stays here', async () => {
    const { stderr } = await lagotto('ask', '--sample', 'Who founded Pathel Guild?')
    expect(stderr).not.toContain('sent to')
  }, 60_000)
})
