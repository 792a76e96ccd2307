import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { learnMerges } from './bpe.ts'
import { evaluateOnWorld, questionLine, type WorldScore, worldQuestions, writeWorld } from './evaluate.ts'
import { type RecipeName, recipes, vocabularySize } from './recipe.ts'
import { trainMicroModel } from './train.ts'
import { bundledTokenizer, mergesFile, wordCounts } from './vocabulary.ts'
import { World } from './world.ts'

const help = `npm run micro-models -- [train] [--only teacher|student] [--output DIR] [--folder DIR] [--threads N]
    Trains the micro models; goes on where it was stopped.
npm run micro-models -- evaluate [--only teacher|student] [--model FILE] [--worlds 9101,9102,9103] [--questions N] [--json]
    Plays N questions over one article and N over two in each world of held-out names.
npm run micro-models -- world --output DIR [--worlds SEED] [--questions N]
    Writes a world as encyclopedia.jsonl and questions.jsonl.
npm run micro-models -- tokenizer
    Learns the tokenizer anew. All models have to be trained anew then.`

const resources = resolve(import.meta.dirname, '..')
const models = join(resources, 'models')

/** Every capitalized word of the sample library: no training world may use a name that holds one. */
function sampleWords(): Set<string> {
  const library = readFileSync(join(resources, 'sample-library', 'encyclopedia.jsonl'), 'utf8')
  return new Set(library.match(/\p{Lu}\p{L}+/gu) ?? [])
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    model: { type: 'string' },
    worlds: { type: 'string', default: '9101,9102,9103' },
    questions: { type: 'string', default: '100' },
    folder: { type: 'string', default: resolve(resources, '../out/micro-models') },
    output: { type: 'string' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const stopReason = new Error('stopped')
const seeds = values.worlds.split(',').map(Number)
const perHop = Number(values.questions)

function chosen(): RecipeName[] {
  const names = (Object.keys(recipes) as RecipeName[]).filter((name) => (values.only ?? name) === name)
  if (names.length === 0) throw new Error(`--only takes one of: ${Object.keys(recipes).join(', ')}`)
  return names
}

async function train(): Promise<void> {
  const stop = new AbortController()
  const stopped = (): void => stop.abort(stopReason)
  process.once('SIGINT', stopped)
  process.once('SIGTERM', stopped)
  const names = chosen()
  const tokenizer = bundledTokenizer()
  for (const name of names) {
    const { startsFrom } = recipes[name]
    const { tokens, seconds } = await trainMicroModel({
      recipe: recipes[name],
      start: startsFrom && join(values.output ?? models, recipes[startsFrom].file),
      tokenizer,
      folder: join(values.folder, name),
      output: join(values.output ?? models, recipes[name].file),
      banned: sampleWords(),
      threads: Number(values.threads),
      signal: stop.signal,
      say: (line) => console.log(`${name}: ${line}`),
    })
    console.log(`${name}: done, ${(tokens / 1e6).toFixed(2)} M tokens in ${Math.round(seconds / 60)} minutes`)
  }
}

async function evaluateAll(): Promise<void> {
  const files = values.model ? [values.model] : chosen().map((name) => join(models, recipes[name].file))
  const result: Record<string, WorldScore[]> = {}
  for (const file of files) {
    console.log(file)
    const scores: WorldScore[] = []
    for (const seed of seeds) {
      const { score } = await evaluateOnWorld(file, seed, perHop)
      scores.push(score)
      const { oneHop, twoHop, exactNames, hitRatio, searches, validActions } = score
      console.log(
        `  world ${seed}: EM ${oneHop.toFixed(3)} over one article, ${twoHop.toFixed(3)} over two; names copied exactly ` +
          `${exactNames.toFixed(3)}; hits ${hitRatio.toFixed(3)}; searches ${searches.toFixed(2)}; valid actions ${validActions.toFixed(3)}`,
      )
    }
    const mean = (of: (score: WorldScore) => number): string =>
      (scores.reduce((sum, score) => sum + of(score), 0) / scores.length).toFixed(3)
    console.log(`  mean: EM ${mean((s) => s.oneHop)} and ${mean((s) => s.twoHop)}, names ${mean((s) => s.exactNames)}`)
    result[file] = scores
  }
  if (values.json) console.log(JSON.stringify(result))
}

function write(): void {
  const [seed = 0] = seeds
  if (!values.output) throw new Error('Name a folder with --output.')
  const world = new World(seed, { side: 'held-out' })
  const questions = worldQuestions(world, seed, perHop).map((question, i) =>
    questionLine(world, question, `w${seed}-q${i}`),
  )
  mkdirSync(values.output, { recursive: true })
  const files = writeWorld(world, questions, values.output)
  console.log(
    `${world.articles.length} articles in ${files.corpus}, ${questions.length} questions in ${files.questions}`,
  )
}

switch (positionals[0] ?? 'train') {
  case 'train':
    await train().catch((error: unknown) => {
      if (error !== stopReason) throw error
      console.log('stopped; the same command goes on')
      process.exitCode = 130
    })
    break
  case 'evaluate':
    await evaluateAll()
    break
  case 'tokenizer':
    writeFileSync(
      mergesFile,
      `${learnMerges(wordCounts(), vocabularySize)
        .map((merge) => merge.join(' '))
        .join('\n')}\n`,
    )
    break
  case 'world':
    write()
    break
  default:
    console.log(help)
    process.exitCode = 2
}
