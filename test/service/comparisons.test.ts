import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/data.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serve } from '../support/service.ts'

const folder = temporaryFolder()
const bundled = (name: string): string => join(root, 'resources', 'models', name)
const contestants = [
  { label: 'Teacher', model: bundled('micro-teacher.gguf'), adapter: null },
  { label: 'Student', model: bundled('micro-student.gguf'), adapter: null },
  { label: 'Teacher again', model: bundled('micro-teacher.gguf'), adapter: null },
]
let app: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  app = await serve(join(folder, 'data'))
  await app.ready('sample')
})

describe('a comparison', () => {
  test('lets all answer from the same library, those with the same weights after each other, and judges them', async () => {
    const { client, follow } = app
    const started = await client.comparisons.start({
      question: ' Who founded Pathel Guild? ',
      answers: ['Prurklo Cirholt'],
      libraryId: 'sample',
      contestants,
    })
    expect(started.entries.map(({ contestant }) => contestant.label)).toEqual(['Teacher', 'Teacher again', 'Student'])
    expect(started.entries.map(({ right }) => right)).toEqual([null, null, null])
    for (const { jobId } of started.entries) await follow(jobId)
    const { question, entries, library, vote } = await client.comparisons.get({ id: started.id })
    expect({ question, vote, library: library.id }).toEqual({
      question: 'Who founded Pathel Guild?',
      vote: null,
      library: 'sample',
    })
    expect(entries[0]).toMatchObject({ right: true, trace: { answer: 'Prurklo Cirholt', outcome: 'answered' } })
    expect(entries[1]?.trace.answer).toBe(entries[0]?.trace.answer)
    expect(entries[2]?.right).toBe(false)
    expect(entries.every(({ trace }) => (trace.ms ?? 0) > 0 && trace.turns.length > 0)).toBe(true)
  })

  test('keeps a vote, refuses one for nobody, and can be deleted with everything that belongs to it', async () => {
    const { client } = app
    const id = (await client.comparisons.list())[0]?.id ?? ''
    await expect(client.comparisons.vote({ id, entry: 3 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect((await client.comparisons.vote({ id, entry: 0 })).vote).toBe(0)
    expect((await client.comparisons.list())[0]).toMatchObject({ id, vote: 0, winner: 'Teacher' })
    const { entries } = await client.comparisons.get({ id })
    await client.comparisons.delete({ id })
    expect(await client.comparisons.list()).toEqual([])
    await expect(client.jobs.get({ id: entries[0]?.jobId ?? '' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('is refused before anything starts when nobody can play, or nothing is asked', async () => {
    const { client } = app
    const nowhere = { label: 'None', model: join(folder, 'nowhere.gguf'), adapter: null }
    await expect(
      client.comparisons.start({ question: 'Who?', libraryId: 'sample', contestants: [nowhere, nowhere] }),
    ).rejects.toMatchObject({ code: /MISSING|NOT_FOUND/ })
    await expect(client.comparisons.start({ question: '  ', libraryId: 'sample', contestants })).rejects.toMatchObject({
      code: 'EMPTY_QUESTION',
    })
    expect(await client.comparisons.list()).toEqual([])
  })

  test('says why a contestant failed and lets the others play', async () => {
    const { client, follow } = app
    const { id, entries } = await client.comparisons.start({
      question: 'Who founded Pathel Guild?',
      libraryId: 'sample',
      contestants: [
        { label: 'Student', model: bundled('micro-student.gguf'), adapter: join(folder, 'no-adapter.gguf') },
        { label: 'Learned, base gone', model: join(folder, 'gone.gguf'), adapter: join(folder, 'no-adapter.gguf') },
        ...contestants.slice(0, 1),
      ],
    })
    for (const { jobId } of entries) await follow(jobId)
    const done = await client.comparisons.get({ id })
    expect(done.entries[0]?.trace).toMatchObject({ outcome: 'failed', error: { code: 'ADAPTER_MISSING' } })
    expect(done.entries[1]?.trace).toMatchObject({ outcome: 'failed', error: { code: 'MODEL_MISSING' } })
    expect(done.entries[2]?.trace.outcome).toBe('answered')
    await client.comparisons.delete({ id })
  })
})
