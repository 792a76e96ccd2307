import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { episodePieces, goldEpisode, readingDrill } from '../../../resources/micro-models/episodes.ts'
import { initialize } from '../../../resources/micro-models/initialize.ts'
import { Random } from '../../../resources/micro-models/random.ts'
import { type Recipe, recipes } from '../../../resources/micro-models/recipe.ts'
import { chunkOfSteps, toSequence } from '../../../resources/micro-models/sequences.ts'
import { trainMicroModel } from '../../../resources/micro-models/train.ts'
import { bundledTokenizer } from '../../../resources/micro-models/vocabulary.ts'
import { World } from '../../../resources/micro-models/world.ts'
import { loadChatModel } from '../../../src-main/inference/index.ts'
import { openEngine } from '../../../src-main/training/index.ts'
import { temporaryFolder } from '../../support/folder.ts'

const tokenizer = bundledTokenizer()
const weights = { read: 0, written: 1, copied: 4 }
const folder = temporaryFolder()

describe('sequences', () => {
  const world = new World(3, { side: 'held-out', scale: 0.2 })
  const random = new Random(2)

  test('tokenize piece by piece as the whole turn would', () => {
    for (let i = 0; i < 60; i++) {
      const episode = goldEpisode(world, world.question(random, i % 2 === 0 ? 1 : 2), random, { weights })
      for (const { pieces } of episode?.turns ?? []) {
        const whole = tokenizer.encode(pieces.map(({ text }) => text).join(''))
        expect(toSequence(pieces, tokenizer).tokens).toEqual(whole)
      }
    }
  })

  test('have rows before the tokens that count, and nowhere else', () => {
    const episode = goldEpisode(world, world.question(random, 2), random, { weights })
    if (!episode) throw new Error('no episode')
    const { tokens, rows, copied } = toSequence(episodePieces(episode, weights), tokenizer)
    const learned = tokenizer.decode(rows.map((row) => tokens[row + 1] as number))
    const said = episode.turns.map(({ pieces }) => pieces.map(({ text }) => text).join('')).join('')
    expect(learned).toBe(`${said}<|im_end|>`)
    const names = tokenizer.decode(rows.flatMap((row, i) => (copied[i] ? [tokens[row + 1] as number] : [])))
    expect(names).toContain(episode.question.answer)
  })

  test('are the same for the same chunk and fill the steps', () => {
    const settings = { seed: 1, chunk: 2, banned: new Set<string>(), stepTokens: 1024 }
    const draw = recipes.teacher.stages[0]?.draw
    if (!draw) throw new Error('no stage')
    const steps = chunkOfSteps(draw, settings, tokenizer)
    expect(chunkOfSteps(draw, settings, tokenizer)).toEqual(steps)
    expect(steps.flat()).toHaveLength(256)
    for (const step of steps) expect(step.reduce((sum, { tokens }) => sum + tokens.length, 0)).toBeLessThan(1024 + 800)
  })
})

test('a start copies what comes a second time', async () => {
  for (const { architecture } of Object.values(recipes)) {
    const model = await openEngine().loadModel({ architecture, seed: 1 }, { full: true, threads: 1 })
    const trainer = await model.createTrainer({ mode: 'full' })
    await initialize(trainer, architecture, 1)
    const random = new Random(5)
    const once = Array.from({ length: 60 }, () => random.integer(0, architecture.vocabulary - 1))
    const tokens = [...once, ...once]
    const rows = Array.from({ length: 59 }, (_, i) => 60 + i)
    const [scores] = await model.score([{ tokens, rows }], { top: 1 })
    const right = rows.filter((row, i) => scores?.topTokens[i] === tokens[row + 1]).length
    expect(right / rows.length).toBeGreaterThan(0.6)
    await trainer.dispose()
    await model.dispose()
  }
})

describe('a small training', () => {
  const recipe: Recipe = {
    ...recipes.student,
    architecture: { ...recipes.student.architecture, layers: 2, feedForward: 128 },
    stages: [
      {
        name: 'reading',
        draw: (world, random) => readingDrill(world, random, 1, weights),
        until: { accuracy: 2, share: 1 },
      },
    ],
    probes: { drill: (world, random) => readingDrill(world, random, 1, weights) },
    tokens: 90_000,
    stepTokens: 1024,
    warmupTokens: 5000,
  }
  const train = (name: string, signal?: AbortSignal, say?: (line: string) => void) =>
    trainMicroModel({
      recipe,
      start: null,
      tokenizer,
      folder: join(folder, name),
      output: join(folder, `${name}.gguf`),
      banned: new Set(),
      ...(signal ? { signal } : {}),
      ...(say ? { say } : {}),
    })

  test('learns, and is the same whether it was stopped or not', async () => {
    const lines: string[] = []
    await train('through', undefined, (line) => lines.push(line))
    const accuracies = lines.map((line) => Number(/drill ([\d.]+)/.exec(line)?.[1]))
    expect(accuracies.at(-1)).toBeGreaterThan(0.15)

    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('stopped')), 700)
    await expect(train('stopped', stop.signal)).rejects.toThrow('stopped')
    expect(existsSync(join(folder, 'stopped.gguf'))).toBe(false)
    expect(readdirSync(join(folder, 'stopped')).filter((file) => file.startsWith('checkpoint'))).toHaveLength(1)
    await train('stopped')
    expect(readFileSync(join(folder, 'stopped.gguf'))).toEqual(readFileSync(join(folder, 'through.gguf')))

    const model = await loadChatModel({
      path: join(folder, 'through.gguf'),
      prompt: 'question-only',
      contextLength: 256,
      slots: 1,
      gpu: 'off',
      threads: 1,
    })
    expect(model.tokenizer.encode('Where was Romport?')).toEqual(tokenizer.encode('Where was Romport?'))
    await model.dispose()
  }, 60_000)
})
