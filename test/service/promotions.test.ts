import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { defaultLimits, type Run, type RunReport } from '../../src-main/contract/index.ts'
import { modelFingerprint, tokenizerFingerprints } from '../../src-main/models/index.ts'
import { createRun, openEngine } from '../../src-main/training/index.ts'
import { runCommand } from '../support/app.ts'
import { root } from '../support/data.ts'
import { testEngine } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'
import { finishedReport, statistics } from '../support/run-report.ts'
import { serve } from '../support/service.ts'

vi.setConfig({ testTimeout: 60_000 })

const folder = temporaryFolder()
const file = (name: string): string => join(folder, name)
const student = file('student.gguf')
const question = 'Who founded Pathel Guild?'

describe.skipIf(testEngine() === null)('what was learned', () => {
  let app: Awaited<ReturnType<typeof serve>>
  let retriever = ''

  beforeAll(async () => {
    copyFileSync(join(root, 'resources/models/micro-teacher.gguf'), student)
    app = await serve(file('data'))
    await app.ready('sample')
    const model = await app.client.models.add({ path: student })
    await app.client.models.setPrompt({ id: model.id, prompt: 'question-only' })
    const questions = join(root, 'resources/sample-library/questions.jsonl')
    const { parity } = await app.client.runs.preflight({
      student,
      libraryId: 'sample',
      questions,
      config: { method: 'ppo' },
    })
    expect(parity).toEqual([])
    retriever = (await madeRun('probe')).manifest.environment.library.fingerprint
  })

  /** An adapter that changes nothing: its second matrices are zero before the first step. */
  async function writeAdapter(path: string): Promise<void> {
    const model = await openEngine().loadModel({ path: student }, { threads: 1 })
    const trainer = await model.createTrainer({ rank: 2 })
    await trainer.exportAdapter(path, { name: 'learned', base: 'Student', origin: 'a test' })
    await trainer.dispose()
    await model.dispose()
  }

  /** A finished run on the sample library, as training leaves it behind. */
  async function madeRun(id: string, report: Partial<RunReport> = {}, change: { topK?: number } = {}): Promise<Run> {
    const dir = join(file('data'), 'runs', id)
    const fingerprint = retriever === '' ? await currentRetriever() : retriever
    const { tokenizer } = await tokenizerFingerprints(student)
    await createRun(dir, {
      id,
      name: `Run ${id}`,
      createdAt: Date.now(),
      config: {},
      versions: {},
      student: { name: 'Student', path: student, fingerprint: await modelFingerprint(student), tokenizer },
      teacher: null,
      environment: {
        library: { id: 'sample', name: 'Sample', fingerprint },
        prompt: 'question-only',
        limits: { ...defaultLimits, ...change },
      },
      questions: { source: 'set Sample', fingerprint: 'q', train: 40, validation: 5, test: 10 },
    })
    writeFileSync(join(dir, 'setup.json'), JSON.stringify({ embedder: null, reranker: null, gpu: 'off', slots: 1 }))
    mkdirSync(join(dir, 'weights'), { recursive: true })
    await writeAdapter(join(dir, 'weights/best-adapter.gguf'))
    writeFileSync(join(dir, 'report.json'), JSON.stringify({ ...finishedReport(), ...report }))
    return (await app.client.runs.get({ id })).run
  }

  /** How the sample library is searched now, as a parity check names it. */
  async function currentRetriever(): Promise<string> {
    const started = await madeRunWith('?')
    const { parity } = await app.client.runs.get({ id: started })
    return parity.find(({ what }) => what === 'retriever')?.chat ?? ''
  }
  async function madeRunWith(fingerprint: string): Promise<string> {
    retriever = fingerprint
    const { id } = await madeRun('search')
    retriever = ''
    return id
  }

  const ask = async (input: { modelId?: string } = {}) => {
    const { jobId, thread } = await app.client.threads.ask({ question, libraryId: 'sample', ...input })
    await app.follow(jobId)
    const { exchanges } = await app.client.threads.get({ id: thread.id })
    const trace = exchanges[0]?.trace
    if (!trace) throw new Error('no answer')
    return trace
  }

  test('answers in Ask once it is promoted, is named there, and one step back is what was before', async () => {
    await madeRun('first')
    await madeRun('second')
    expect(await ask()).toMatchObject({ taught: null, fallback: null })
    await app.client.promotions.promote({ runId: 'first' })
    const [second, first] = await app.client.promotions.promote({ runId: 'second' })
    expect([second, first].map((one) => [one?.lineage.runId, one?.current])).toEqual([
      ['second', true],
      ['first', false],
    ])
    expect(second?.lineage).toMatchObject({
      kind: 'adapter',
      base: { name: 'Student', path: student },
      method: 'dgpo',
      parent: null,
      test: { before: 0.1, after: 0.8, questions: 10 },
      headline: 'The small model now answers 8 of 10 test questions; before: 1.',
    })
    const { id } = (await app.client.models.list()).find(({ path }) => path === student) ?? { id: '' }
    const { uses } = await app.client.models.info({ id })
    expect(uses.join(' ')).toContain(`“${second?.library.name}” it answers with what it learned in “Run second”.`)
    expect(uses).toContain('What the training “Run first” learned lies over it.')
    const answered = await ask()
    expect(answered).toMatchObject({
      outcome: 'answered',
      taught: { runId: 'second', name: 'Run second' },
      fallback: null,
    })
    expect(answered.model?.name).toBe((await app.client.models.list()).find(({ path }) => path === student)?.name)
    const usual = (await app.client.models.list()).find(({ bundled }) => bundled)
    expect(await ask({ modelId: usual?.id ?? '' })).toMatchObject({ taught: null, model: { id: usual?.id } })

    await app.client.system.updateSettings({ untaughtLibraries: ['sample'] })
    expect(await ask()).toMatchObject({ taught: null, fallback: null })
    await app.client.system.updateSettings({ untaughtLibraries: [] })

    const back = await app.client.promotions.rollBack({ libraryId: 'sample' })
    expect(back.map(({ current, rolledBackAt }) => [current, rolledBackAt !== null])).toEqual([
      [false, true],
      [true, false],
    ])
    expect(await ask()).toMatchObject({ taught: { runId: 'first' } })
    await app.client.promotions.rollBack({ libraryId: 'sample' })
    expect(await ask()).toMatchObject({ taught: null })
    await expect(app.client.promotions.rollBack({ libraryId: 'sample' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('is refused without an improvement, unless somebody insists, and where Ask would play otherwise', async () => {
    await madeRun('worse', { test: statistics(0.1), testBefore: statistics(0.2) })
    await expect(app.client.promotions.promote({ runId: 'worse' })).rejects.toMatchObject({ code: 'NO_IMPROVEMENT' })
    await madeRun('untested', { test: null, testBefore: null, tested: [] })
    await expect(app.client.promotions.promote({ runId: 'untested' })).rejects.toMatchObject({ code: 'NO_IMPROVEMENT' })
    await madeRun('other', {}, { topK: 5 })
    await expect(app.client.promotions.promote({ runId: 'other', force: true })).rejects.toMatchObject({
      code: 'PARITY_MISMATCH',
    })
    expect(await app.client.promotions.list()).toHaveLength(2)
    const [forced] = await app.client.promotions.promote({ runId: 'worse', force: true })
    expect(forced).toMatchObject({ current: true, lineage: { runId: 'worse' } })
    await app.client.promotions.rollBack({ libraryId: 'sample' })
  })

  test('outlives its run, and says in the open when it cannot answer', async () => {
    await madeRun('short')
    await app.client.promotions.promote({ runId: 'short' })
    await app.client.runs.delete({ id: 'short' })
    expect(await ask()).toMatchObject({ outcome: 'answered', taught: { runId: 'short' } })

    const kept = (await app.client.promotions.list())[0]?.lineage.path ?? ''
    const bytes = readFileSync(student)
    rmSync(student)
    const gone = await ask()
    expect(gone).toMatchObject({ outcome: 'answered', taught: null, fallback: { code: 'MODEL_MISSING' } })
    expect(gone.fallback?.message).toContain(student)
    writeFileSync(student, Buffer.concat([bytes, Buffer.from('x')]))
    expect(await ask()).toMatchObject({ taught: null, fallback: { code: 'MODEL_CHANGED' } })
    writeFileSync(student, bytes)
    rmSync(kept)
    expect(await ask()).toMatchObject({ taught: null, fallback: { code: 'ADAPTER_MISSING' } })
    const [current] = await app.client.promotions.list()
    expect(current).toMatchObject({ current: true, problem: { code: 'ADAPTER_MISSING' } })
    await app.client.promotions.rollBack({ libraryId: 'sample' })
  })

  test('is promoted and taken back in the terminal, too', async () => {
    await madeRun('terminal')
    await app.close()
    const lagotto = (...args: string[]) => runCommand([...args, '--data-dir', file('data'), '--json'])
    expect((await lagotto('train', 'promote', 'terminal', '--library', 'sample')).json()).toMatchObject({
      promotions: [{ current: true, lineage: { runId: 'terminal' } }, {}, {}, {}, {}],
    })
    const answered = await lagotto('ask', question, '--library', 'sample')
    expect(answered.json()).toMatchObject({ outcome: 'answered', taught: { runId: 'terminal' } })
    const page = file('report.html')
    const { code, json } = await lagotto('train', 'report', 'terminal', '--html', page)
    expect({ code, result: json() }).toMatchObject({ code: 0, result: { result: { improved: true } } })
    const html = readFileSync(page, 'utf8')
    expect(html).toContain('The small model now answers 8 of 10 test questions; before: 1.')
    expect(html).toContain('Who wrote &#60;b&#62;?')
    expect(html).not.toMatch(/<script|src=|href=/)
    expect((await lagotto('train', 'rollback', '--library', 'sample')).code).toBe(0)
    expect((await lagotto('train', 'rollback', '--library', 'sample')).json()).toMatchObject({
      error: { code: 'NOT_FOUND' },
    })
    expect(existsSync(student)).toBe(true)
  })
})
