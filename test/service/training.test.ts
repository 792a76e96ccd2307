import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Baseline, Run, RunInput } from '../../src-main/contract/index.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { serve } from '../support/service.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder()
const file = (name: string): string => join(folder, name)
const bundled = (name: string): string => join(root, 'resources/models', name)
const questions = join(root, 'resources/sample-library/questions.jsonl')

/** A run that is over in no time. */
const quick = {
  method: 'dgpo',
  threads: 1,
  tuning: { mode: 'lora' },
  distillation: { maxSteps: 2, batch: 2 },
  reinforcement: { steps: 2, batch: 2 },
  validation: { questions: 2, testQuestions: 2 },
}

describe.skipIf(testEngine() === null)('training', () => {
  let app: Awaited<ReturnType<typeof serve>>
  /** With all questions of the sample library, and with a few. */
  let input: RunInput
  let small: RunInput

  beforeAll(async () => {
    app = await serve(file('data'))
    await app.ready('sample')
    copyFileSync(bundled('micro-student.gguf'), file('student.gguf'))
    copyFileSync(bundled('micro-teacher.gguf'), file('teacher.gguf'))
    for (const name of ['student', 'teacher']) await app.client.models.add({ path: file(`${name}.gguf`) })
    input = {
      student: file('student.gguf'),
      teacher: file('teacher.gguf'),
      libraryId: 'sample',
      questions,
      config: quick,
    }
    writeFileSync(file('few.jsonl'), readFileSync(questions, 'utf8').split('\n').slice(0, 30).join('\n'))
    small = { ...input, questions: file('few.jsonl') }
    for (const model of await app.client.models.list()) {
      if (model.path.startsWith(folder)) await app.client.models.setPrompt({ id: model.id, prompt: 'question-only' })
    }
  })
  afterAll(async () => {
    for (const { id, state } of await app.client.runs.list())
      if (state === 'running') await app.client.runs.stop({ id })
  })

  const refusals = async (change: Partial<RunInput>): Promise<string[]> =>
    (await app.client.runs.preflight({ ...input, ...change })).refusals.map(({ code }) => code)

  async function until(id: string, reached: (run: Run) => boolean): Promise<Run> {
    for (;;) {
      const { run } = await app.client.runs.get({ id })
      if (reached(run)) return run
      if (run.state !== 'running') throw new Error(`${run.state}: ${JSON.stringify(run.error)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  describe('before the start', () => {
    test('tells what a run needs and means', async () => {
      const preflight = await app.client.runs.preflight(input)
      expect(preflight).toMatchObject({ refusals: [], parity: [] })
      const { train, validation, test, looked, notFound } = preflight.questions
      expect(train + validation + test).toBe(500)
      expect(train).toBeGreaterThan(350)
      expect({ looked: looked > 20, notFound }).toEqual({ looked: true, notFound: 0 })
      const { bytes, parts, availableBytes } = preflight.memory
      expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes)
      expect(bytes).toBeGreaterThan(250 * 2 ** 20)
      expect(bytes).toBeLessThan(Math.min(2 ** 30, availableBytes))
      expect(preflight.time).toMatchObject({ steps: 4, basis: 'estimated' })
      expect(preflight.time.secondsPerStep).toBeGreaterThan(0)
      expect(preflight.disk.bytes).toBeGreaterThan(2 ** 20)
    })

    test('refuses a teacher that spells otherwise', async () => {
      const tokenizer = await tokenizerOf(bundled('micro-teacher.gguf'))
      const tokens = tokenizer['tokenizer.ggml.tokens']
      if (tokens?.type !== 'strings') throw new Error('no tokens')
      const value = tokens.value.with(900, `${tokens.value[900]}x`)
      const other = { ...tokenizer, 'tokenizer.ggml.tokens': { type: 'strings' as const, value } }
      writeRandomModel(file('other.gguf'), { tokenizer: other })
      expect(await refusals({ teacher: file('other.gguf') })).toContain('TOKENIZER_MISMATCH')
      await expect(app.client.runs.start({ ...input, teacher: file('other.gguf') })).rejects.toMatchObject({
        code: 'TOKENIZER_MISMATCH',
      })
    })

    test('refuses a teacher that is asked in another way', async () => {
      const teacher = await app.client.models.add({ path: file('teacher.gguf') })
      await app.client.models.setPrompt({ id: teacher.id, prompt: 'search-r1' })
      expect(await refusals({})).toEqual(['PARITY_MISMATCH'])
      await app.client.models.setPrompt({ id: teacher.id, prompt: 'question-only' })
      expect(await refusals({})).toEqual([])
    })

    test('refuses questions without usable answers, and methods without their teacher', async () => {
      writeFileSync(
        file('empty.jsonl'),
        '{"id":"a","question":"Who?","answers":[]}\n{"id":"b","question":"When?","answers":["the"]}\n',
      )
      expect(await refusals({ questions: file('empty.jsonl') })).toContain('NO_QUESTIONS')
      expect(await refusals({ teacher: undefined })).toEqual(['INVALID_INPUT'])
      expect(await refusals({ teacher: undefined, config: { ...quick, method: 'ppo' } })).toEqual([])
    })

    test('refuses a set of three questions with the reason', async () => {
      writeFileSync(file('three.jsonl'), readFileSync(questions, 'utf8').split('\n').slice(0, 3).join('\n'))
      const preflight = await app.client.runs.preflight({ ...input, questions: file('three.jsonl') })
      expect(preflight.refusals).toMatchObject([{ code: 'NO_QUESTIONS' }])
      expect(preflight.refusals[0]?.message).toMatch(/^3 usable questions are too few to learn from: \d to learn from/)
    })

    test('measures what both can do before, once, and warns of a teacher who knows less', async () => {
      // Both are to answer quickly: the untrained student would talk to the end of every turn.
      const knowing = { ...input, questions: file('few.jsonl'), student: file('teacher.gguf') }
      const measured = async (wanted: RunInput) => {
        const events: Baseline[] = []
        for await (const event of await app.client.runs.baseline(wanted)) events.push(event)
        return events
      }
      const events = await measured(knowing)
      const result = events.at(-1)
      if (result?.type !== 'result') throw new Error('no result')
      expect(result.questions).toBe((await app.client.runs.preflight(knowing)).questions.validation)
      expect(result.student).toBe(result.teacher)
      expect(result.student).toBeGreaterThan(0)
      expect(events.filter(({ type }) => type === 'progress').length).toBeGreaterThan(0)
      expect(result.cautions).toEqual([expect.stringContaining('no more of these')])
      expect(await measured(knowing)).toEqual([result])

      const stop = new AbortController()
      const stream = await app.client.runs.baseline(
        { ...knowing, teacher: file('student.gguf') },
        { signal: stop.signal },
      )
      stop.abort()
      const ended = (async () => {
        for await (const event of stream) if (event.type === 'result') return event
        return null
      })()
      expect(await ended.catch(() => null)).toBeNull()

      writeRandomModel(file('babble.gguf'), { tokenizer: await tokenizerOf(bundled('micro-teacher.gguf')) })
      const { id } = await app.client.models.add({ path: file('babble.gguf') })
      await app.client.models.setPrompt({ id, prompt: 'question-only' })
      expect((await measured({ ...knowing, teacher: file('babble.gguf') })).at(-1)).toMatchObject({
        teacher: 0,
        cautions: [expect.stringMatching(/^The teacher knows less than the student: it answered 0 of/)],
      })
    })

    test('takes a set of questions as well as a file', async () => {
      const { set } = await app.client.questions.import({ path: questions, name: 'Sample' })
      const preflight = await app.client.runs.preflight({ ...input, questionSetId: set.id })
      expect(preflight).toMatchObject({ refusals: [], questions: set.splits })
      await expect(app.client.runs.preflight({ ...input, questionSetId: 'nowhere' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      })
    })

    test('refuses a library in which no answer is', async () => {
      writeFileSync(file('note.md'), '# Mushrooms\n\nThe chanterelle grows under spruces.\n')
      const { id } = await app.client.libraries.create({ name: 'Mushrooms' })
      const { jobId } = await app.client.libraries.addSources({ id, paths: [file('note.md')] })
      await app.follow(jobId)
      expect(await refusals({ libraryId: id })).toEqual(['ANSWERS_NOT_IN_LIBRARY'])
    })

    test('refuses what the memory does not hold, with the numbers', async () => {
      const { refusals, memory } = await app.client.runs.preflight({
        ...input,
        config: { ...quick, packTokens: 40_000_000 },
      })
      expect(memory.bytes).toBeGreaterThan(memory.availableBytes)
      expect(refusals.map(({ code }) => code)).toEqual(['TRAINING_MEMORY'])
      expect(refusals[0]?.message).toContain(`${(memory.bytes / 1e9).toFixed(1)} GB`)
    })

    test('says what to install where the engine is missing', async () => {
      process.env['LAGOTTO_ENGINE'] = file('nowhere.node')
      try {
        const { refusals } = await app.client.runs.preflight(input)
        expect(refusals.map(({ code }) => code)).toEqual(['TRAINING_UNAVAILABLE'])
        expect(refusals[0]?.action).toContain('Install a C++ compiler')
      } finally {
        delete process.env['LAGOTTO_ENGINE']
      }
    })

    test('refuses settings that do not exist or are not right, by name', async () => {
      const told = async (config: Record<string, unknown>) =>
        app.client.runs.preflight({ ...input, config }).then(
          () => '',
          (error: Error) => error.message,
        )
      expect(await told({ ...quick, reinforcement: { stepz: 3 } })).toContain('reinforcement.stepz')
      expect(await told({ ...quick, reinforcement: { steps: -3 } })).toContain('reinforcement.steps')
      expect(await told({ method: 'magic' })).toContain('method')
    })
  })

  describe('a run', () => {
    test('is paused after its step, refuses what changed, goes on and ends with a report', async () => {
      const started = await app.client.runs.start(small)
      expect(started).toMatchObject({ state: 'running', request: null })
      await until(started.id, (run) => run.lines > 0)
      await expect(app.client.runs.delete({ id: started.id })).rejects.toMatchObject({ code: 'RUN_IN_USE' })
      await expect(app.client.runs.resume({ id: started.id })).rejects.toMatchObject({ code: 'RUN_IN_USE' })
      expect(await app.client.runs.pause({ id: started.id })).toMatchObject({ request: 'pause' })
      const paused = await until(started.id, ({ state }) => state === 'paused')
      expect(paused).toMatchObject({ pid: null, memoryBytes: null, request: null, error: null })
      const before = (await app.client.runs.metrics({ id: started.id })).lines

      const resume = () => app.client.runs.resume({ id: started.id })
      await app.client.system.updateSettings({ contextLength: 1024 })
      await expect(resume()).rejects.toMatchObject({ code: 'PARITY_MISMATCH' })
      expect((await app.client.runs.get({ id: started.id })).parity.map(({ what }) => what)).toEqual(['limits'])
      await app.client.system.updateSettings({ contextLength: null })

      appendFileSync(file('student.gguf'), 'x')
      await expect(resume()).rejects.toMatchObject({ code: 'MODEL_CHANGED' })
      rmSync(file('student.gguf'))
      await expect(resume()).rejects.toMatchObject({ code: 'MODEL_MISSING' })
      copyFileSync(bundled('micro-student.gguf'), file('student.gguf'))

      expect(await resume()).toMatchObject({ state: 'running' })
      const jobs = (await app.client.jobs.list()).filter(({ subjectId }) => subjectId === started.id)
      expect(jobs.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['training running', 'training paused'])
      const finished = await until(started.id, ({ state }) => state === 'finished')
      expect(finished.best).not.toBeNull()
      const { report } = await app.client.runs.get({ id: started.id })
      expect(report).toMatchObject({ outcome: 'finished', steps: 4 })
      const { lines } = await app.client.runs.metrics({ id: started.id })
      expect(lines.slice(0, before.length)).toEqual(before)
      expect(lines.flatMap((line) => (line.type === 'step' ? [line.step] : []))).toEqual([1, 2, 3, 4])
      expect((await app.client.runs.metrics({ id: started.id, since: 2, limit: 1 })).lines).toEqual([lines[2]])
      const { episodes, total } = await app.client.runs.episodes({ id: started.id, limit: 2 })
      expect({ shown: episodes.length, more: total > 2 }).toEqual({ shown: 2, more: true })
      await expect(resume()).rejects.toMatchObject({ code: 'INVALID_INPUT' })

      await app.client.runs.delete({ id: started.id })
      expect(existsSync(started.dir)).toBe(false)
      await expect(app.client.runs.get({ id: started.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }, 600_000)

    test('outlives the service, and is found again by the next one', async () => {
      const { id, pid } = await app.client.runs.start({ ...small, out: file('elsewhere') })
      await app.close()
      expect(() => process.kill(pid ?? 0, 0)).not.toThrow()
      app = await serve(file('data'))
      const found = await app.client.runs.list()
      expect(found).toMatchObject([{ id, dir: file('elsewhere'), state: 'running', pid }])
      const changes = await app.client.system.changes()
      for await (const change of changes) if (change.topic === 'runs' && change.id === id) break
      expect(await app.client.runs.stop({ id })).toMatchObject({ state: 'stopped', pid: null })
      expect(() => process.kill(pid ?? 0, 0)).toThrow()
    }, 300_000)

    test('trains all weights of a micro model unless an adapter is asked for, and another run goes on from there', async () => {
      const { tuning: _, ...untold } = quick
      const finished = async (change: Partial<RunInput>) => {
        const { id } = await app.client.runs.start({ ...small, ...change })
        return until(id, ({ state }) => state === 'finished')
      }
      const first = await finished({ config: untold })
      expect(first.manifest.config.tuning.mode).toBe('full')
      const student = join(first.dir, 'weights/best-model.gguf')
      const second = await finished({ student })
      expect(second.manifest).toMatchObject({ student: { path: student }, config: { tuning: { mode: 'lora' } } })
      const adapter = join(second.dir, 'weights/best-adapter.gguf')
      const third = await app.client.runs.start({ ...small, config: untold, student, adapter })
      expect(third.manifest).toMatchObject({ student: { adapter }, config: { tuning: { mode: 'lora' } } })
      await app.client.runs.stop({ id: third.id })
      for (const { id } of [first, second, third]) await app.client.runs.delete({ id })
    }, 600_000)

    test('whose process is killed says so', async () => {
      const { id, pid } = await app.client.runs.start(small)
      await until(id, ({ memoryBytes }) => memoryBytes !== null)
      process.kill(pid ?? 0, 'SIGKILL')
      const run = await until(id, ({ state }) => state !== 'running')
      expect(run).toMatchObject({ state: 'interrupted', pid: null, error: { code: 'TRAINING_FAILED' } })
      expect(run.error?.action).toContain('Resume')
      await app.client.runs.delete({ id })
    }, 300_000)
  })

  const disk = file('disk')
  const mounted = (() => {
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', disk], { stdio: 'ignore' })
      return true
    } catch {
      console.warn('skipped: a small disk can only be mounted by root on Linux')
      return false
    }
  })()
  describe.skipIf(!mounted)('a full disk', () => {
    afterAll(() => execFileSync('umount', ['-l', disk]))

    test('ends the run with an error and loses nothing of it', async () => {
      const { id } = await app.client.runs.start({ ...small, out: join(disk, 'run') })
      await until(id, ({ memoryBytes }) => memoryBytes !== null)
      try {
        execFileSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'], { stdio: 'ignore' })
      } catch {
        // It ends when the disk is full.
      }
      const failed = await until(id, ({ state }) => state === 'failed')
      expect(failed.error).toMatchObject({ code: 'DISK_FULL' })
      rmSync(join(disk, 'filler'))
      await app.client.runs.resume({ id })
      const { lines } = await until(id, (run) => run.lines >= 2)
      expect(lines).toBeGreaterThanOrEqual(2)
      await app.client.runs.stop({ id })
    }, 600_000)
  })
})
