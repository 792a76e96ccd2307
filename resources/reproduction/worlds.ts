import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Passage } from '../../src-main/contract/index.ts'
import { openPassageIndex, type PassageIndex } from '../../src-main/retrieval/index.ts'
import type { TrainingQuestion } from '../../src-main/training/index.ts'
import { questionLine, worldQuestions, writeWorld } from '../micro-models/evaluate.ts'
import { World, type WorldQuestion } from '../micro-models/world.ts'
import { counts } from './protocol.ts'

/** The world that is trained on, with its index, and the files of the one that is tested on. */
export interface Worlds {
  index: PassageIndex
  questions: Record<'distillation' | 'reinforcement' | 'validation', TrainingQuestion[]>
  test: { corpus: string; questions: string }
}

const asPassage = ({ id, title, text }: World['articles'][number]): Passage => ({
  id,
  libraryId: 'reproduction',
  fileId: id,
  title,
  headings: [],
  path: 'encyclopedia.jsonl',
  page: null,
  start: 0,
  end: text.length,
  text,
})

/** A world of names that training never saw is tested on; the one that is trained on has no name in common with it. */
export async function makeWorlds(folder: string, seed: number): Promise<Worlds> {
  const world = new World(seed, { side: 'training' })
  const testWorld = new World(seed + 1, { side: 'held-out' })
  const testFolder = join(folder, 'test-world')
  mkdirSync(testFolder, { recursive: true })
  const testQuestions = worldQuestions(testWorld, seed + 1, counts.testPerHop)
  const test = writeWorld(
    testWorld,
    testQuestions.map((question, i) => questionLine(testWorld, question, `test-${i}`)),
    testFolder,
  )
  const index = await openPassageIndex({ dir: join(folder, 'index') })
  if ((await index.count()) !== world.articles.length) {
    await index.replace(world.articles.map((article) => ({ fileId: article.id, passages: [asPassage(article)] })))
    await index.finish()
  }
  const { distillation, reinforcement, validation } = counts
  const all = worldQuestions(world, seed, (distillation + reinforcement + validation) / 2).map(trainingQuestion)
  const behind = distillation + reinforcement
  return {
    index,
    questions: {
      distillation: all.slice(0, distillation),
      reinforcement: all.slice(distillation, behind),
      validation: all.slice(behind),
    },
    test,
  }
}

const trainingQuestion = ({ question, answer }: WorldQuestion, i: number): TrainingQuestion => ({
  id: `train-${i}`,
  question,
  answers: [answer],
})
