import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { RunEvent } from '../../src-main/contract/index.ts'
import { openRun, train } from '../../src-main/training/index.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { madeUpQuestions, scriptedPlayer } from '../support/scripted-player.ts'
import { cannotRun } from '../support/skip.ts'
import { tinyConfig, tinyRun, writeTinyModel } from '../support/training-run.ts'

const engine = testEngine()
const folder = temporaryFolder()
const files = { student: join(folder, 'student.gguf'), teacher: join(folder, 'teacher.gguf') }
let next = 0
const fresh = (): string => join(folder, `run-${next++}`)

describe.skipIf(!engine)('a training run refuses, and stays intact,', () => {
  if (!engine) return

  beforeAll(() => {
    writeTinyModel(files.student, 1)
    writeTinyModel(files.teacher, 2)
  })

  const rejected = async (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      (error: { code: string; value: { message: string; action: string } }) => error,
    )

  test('a teacher with another tokenizer', async () => {
    const model = { name: 'other', path: files.teacher, fingerprint: 'x', tokenizer: 'another' }
    const error = await rejected(tinyRun(engine, fresh(), files, {}, { teacher: model }))
    expect(error?.code).toBe('TOKENIZER_MISMATCH')
    const other = { ...files, student: writeTinyModel(join(folder, 'other.gguf'), 3, 60) }
    const { options } = await tinyRun(engine, fresh(), other, {})
    expect(await rejected(train(options()))).toMatchObject({ code: 'TOKENIZER_MISMATCH' })
  })

  test('nothing about a teacher whose vocabulary is only padded to more', async () => {
    const padded = { ...files, teacher: writeTinyModel(join(folder, 'padded.gguf'), 3, 60) }
    for (const teacherTopK of [8, null]) {
      const { options } = await tinyRun(engine, fresh(), padded, {
        method: 'kd',
        distillation: { ...tinyConfig.distillation, teacherTopK },
      })
      expect((await train(options())).outcome).toBe('finished')
    }
  })

  test('questions without answers', async () => {
    const { options } = await tinyRun(engine, fresh(), files, {})
    const questions = {
      train: madeUpQuestions(3).map((question) => ({ ...question, answers: [] })),
      validation: [],
      test: [],
    }
    expect(await rejected(train(options({ questions })))).toMatchObject({ code: 'NO_QUESTIONS' })
  })

  test('a teacher that knows nothing', async () => {
    const { options } = await tinyRun(engine, fresh(), files, {})
    const players = { student: scriptedPlayer(), teacher: scriptedPlayer({ skill: 0 }) }
    expect(await rejected(train(options({ players })))).toMatchObject({ code: 'NO_CORRECT_EPISODES' })
  })

  test('a student that never does anything valid, and suggests the cold start', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, { method: 'ppo' })
    const players = { student: scriptedPlayer({ valid: false }), teacher: null }
    const error = await rejected(train(options({ players })))
    expect(error?.code).toBe('NO_VALID_ACTIONS')
    expect(error?.value.action).toMatch(/cold start/)
    expect(await run.status()).toMatchObject({ state: 'paused' })
  })

  test('no run for that whose cold start is still to come', async () => {
    const { options } = await tinyRun(engine, fresh(), files, {
      order: 'reversed',
      validation: { atStart: false, questions: 8 },
    })
    const players = { student: scriptedPlayer({ valid: false }), teacher: scriptedPlayer({ skill: 0.7 }) }
    const report = await train(options({ players }))
    expect(report).toMatchObject({ outcome: 'finished', before: null })
    expect(report.phases.map(({ steps }) => steps)[0]).toBe(3)
    expect(report.notes[0]).toMatch(/In 18 episodes the student hardly ever searched or answered/)
  })

  test('no run for that whose cold start is behind it: what it learned there counts', async () => {
    const { options } = await tinyRun(engine, fresh(), files, { reinforcement: { steps: 6, batch: 6 } })
    const players = { student: scriptedPlayer({ valid: false }), teacher: scriptedPlayer({ skill: 0.7 }) }
    const report = await train(options({ players }))
    expect(report.outcome).toBe('collapsed')
    expect(report.phases.map(({ phase }) => phase)).toEqual(['distillation', 'reinforcement'])
    expect(report.phases[1]?.steps).toBe(3)
    expect(report.notes.join()).toMatch(/In 18 episodes the student hardly ever searched or answered/)
    expect(report.best).not.toBeNull()
  })

  test('models that are gone or changed when it goes on', async () => {
    const copies = { student: join(folder, 'student-copy.gguf'), teacher: files.teacher }
    copyFileSync(files.student, copies.student)
    const { run, options } = await tinyRun(engine, fresh(), copies, { method: 'kd' })
    const stop = new AbortController()
    const onEvent = (event: RunEvent) => event.type === 'metrics' && stop.abort()
    await expect(train(options({ signal: stop.signal, onEvent }))).rejects.toThrow()
    copyFileSync(files.teacher, copies.student)
    expect(await rejected(train(options()))).toMatchObject({ code: 'MODEL_CHANGED' })
    rmSync(copies.student)
    expect(await rejected(train(options()))).toMatchObject({ code: 'MODEL_MISSING' })
    copyFileSync(files.student, copies.student)
    expect((await train(options())).outcome).toBe('finished')
    expect(await run.status()).toMatchObject({ state: 'finished' })
  })

  test('to train one run twice at a time', async () => {
    const { run, options } = await tinyRun(engine, fresh(), files, { method: 'kd' })
    let second: Promise<unknown> | null = null
    let state = ''
    await train(
      options({
        onEvent(event) {
          if (event.type === 'metrics') second ??= rejected(train(options()))
          if (event.type === 'phase') void run.status().then((status) => (state = status.state))
        },
      }),
    )
    expect(await second).toMatchObject({ code: 'RUN_IN_USE' })
    expect(state).toBe('running')
  })

  test('a folder that has a run, settings that are wrong, a damaged manifest', async () => {
    const dir = fresh()
    await tinyRun(engine, dir, files, {})
    expect(await rejected(tinyRun(engine, dir, files, {}))).toMatchObject({ code: 'RUN_IN_USE' })
    const wrong = { reinforcement: { ...tinyConfig.reinforcement, batch: 0 } }
    expect(await rejected(tinyRun(engine, fresh(), files, wrong))).toMatchObject({
      code: 'INVALID_INPUT',
      value: { message: expect.stringContaining('config.reinforcement.batch') },
    })
    writeFileSync(join(dir, 'manifest.json'), '{')
    expect(await rejected(openRun(dir))).toMatchObject({ code: 'RUN_DAMAGED' })
    expect(await rejected(openRun(fresh()))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test.skipIf(
    cannotRun(
      process.platform !== 'linux' || process.getuid?.() !== 0,
      'a small disk can only be mounted by root on Linux',
    ),
  )('a full disk, and goes on when there is room', async () => {
    const disk = fresh()
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      console.warn('skipped: file systems cannot be mounted here')
      return
    }
    try {
      const { run, options } = await tinyRun(engine, join(disk, 'run'), files, { method: 'kd' })
      const filler = join(disk, 'filler')
      const onEvent = (event: RunEvent) => {
        if (event.type !== 'metrics' || event.metrics.step !== 2 || existsSync(filler)) return
        try {
          writeFileSync(filler, Buffer.alloc(4 * 2 ** 20))
        } catch {
          // As intended: what fits is written, and the disk is full.
        }
      }
      expect(await rejected(train(options({ onEvent })))).toMatchObject({ code: 'DISK_FULL' })
      expect(await run.status()).toMatchObject({ state: 'paused' })
      expect(existsSync(filler)).toBe(true)
      rmSync(filler)
      expect((await train(options())).outcome).toBe('finished')
      const logged = (await run.lines()).filter((line) => line.type === 'step')
      expect(logged.map(({ step }) => step)).toEqual(logged.map((_, i) => i + 1))
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  })
})
