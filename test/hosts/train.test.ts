import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Preflight, Run, RunReport, StepMetrics } from '../../src-main/contract/index.ts'
import { openTrainingRuns } from '../../src-main/service/index.ts'
import { openRun } from '../../src-main/training/index.ts'
import { runCommand } from '../support/app.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const dataDir = join(folder, 'data')
const bundled = (name: string): string => join(root, 'resources/models', name)
const sample = join(root, 'resources/sample-library/questions.jsonl')
const lagotto = (...args: string[]) => runCommand(['train', ...args, '--data-dir', dataDir, '--json'])

describe('the command line of train', () => {
  test.each([
    [[], 'method is missing'],
    [['--method', 'magic'], 'takes dgpo'],
    [['--method', 'dgpo', '--library', 'x'], 'is missing'],
    [['dance'], 'no action'],
    [['status', 'a', 'b'], 'one word too many'],
    [['delete'], 'missing'],
    [['--method', 'kd', '--sample', '--student', 'a', '--questions', 'b', '--steps', 'many'], '--steps takes'],
    [['--method', 'kd', '--sample', '--student', 'a', '--questions', 'b', '--set', 'steps'], 'NAME=VALUE'],
  ])('%j makes no sense', async (args, reason) => {
    const { code, stderr } = await lagotto(...args)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) })
  })

  test('knows when there is no run', async () => {
    expect((await lagotto('list')).json()).toEqual({ runs: [] })
    expect(await lagotto('status')).toMatchObject({ code: 1 })
    expect((await lagotto('pause', 'nothing')).json()).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })
})

describe.skipIf(testEngine() === null)('the bundled micro student', () => {
  const runs = openTrainingRuns(dataDir)
  afterAll(async () => {
    for (const { id, state } of await runs.list()) if (state === 'running') await runs.stop(id)
  })

  test('learns to search by cold start and DGPO, killed once in the middle and resumed', async () => {
    writeFileSync(join(folder, 'questions.jsonl'), readFileSync(sample, 'utf8').split('\n').slice(0, 200).join('\n'))
    const options = [
      ...['--method', 'dgpo', '--sample', '--seed', '1', '--threads', '1'],
      ...['--student', bundled('micro-student.gguf'), '--teacher', bundled('micro-teacher.gguf')],
      ...['--questions', join(folder, 'questions.jsonl'), '--steps', '4', '--epochs', '8'],
      ...['--set', 'tuning.mode=full', '--set', 'distillation.batch=8', '--set', 'reinforcement.batch=16'],
      ...['--set', 'distillation.teacherTemperature=0', '--set', 'distillation.patience=2'],
      ...['--set', 'validation.questions=24', '--set', 'validation.testQuestions=0', '--set', 'validation.every=2'],
    ]
    const preflight = (await lagotto(...options, '--dry-run')).json() as Preflight
    expect(preflight).toMatchObject({ refusals: [], parity: [], questions: { unusable: 0, notFound: 0 } })

    const started = (await lagotto(...options, '--detach')).json() as Run
    expect(started.state).toBe('running')
    await until(started.id, (run) => run.lines >= 6)
    process.kill(started.pid ?? 0, 'SIGKILL')
    const before = await runs.lines(started.id, 0, 6)
    expect((await lagotto('status')).json()).toMatchObject({ id: started.id, state: 'interrupted', pid: null })

    const resumed = await lagotto('resume', started.id)
    const { state, report, dir, pid } = resumed.json() as Run & { report: RunReport }
    expect({ code: resumed.code, state, pid }).toEqual({ code: 0, state: 'finished', pid: null })

    const lines = await runs.lines(started.id, 0, 10_000)
    expect(lines.slice(0, before.length)).toEqual(before)
    const steps = lines.filter((line): line is StepMetrics => line.type === 'step')
    expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1))
    expect(steps.filter(({ phase }) => phase === 'reinforcement')).toHaveLength(4)
    expect(await (await openRun(dir)).weights('best')).not.toBeNull()

    const [first, last] = [report.before, report.best.validation]
    console.log(`validation: ${JSON.stringify(first)} became ${JSON.stringify(last)}`)
    expect(first?.em).toBeLessThanOrEqual(0.05)
    expect(last?.em).toBeGreaterThanOrEqual(0.2)
  }, 900_000)

  async function until(id: string, reached: (run: Run) => boolean): Promise<void> {
    for (;;) {
      const run = await runs.get(id)
      if (reached(run)) return
      if (run.state !== 'running') throw new Error(`${run.state}: ${JSON.stringify(run.error)}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
})
