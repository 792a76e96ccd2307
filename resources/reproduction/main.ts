import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { mapAtOnce } from '../../src-main/evaluation/index.ts'
import { evaluate } from '../../src-main/service/index.ts'
import { openEngine } from '../../src-main/training/index.ts'
import { readJson, trainMethod } from './play.ts'
import { counts, extras, type Method, methods, repeated } from './protocol.ts'
import {
  curveOf,
  curves,
  type Outcome,
  type Results,
  scoreCurves,
  stepMeansOf,
  type TestResult,
  table,
} from './report.ts'
import { makeWorlds } from './worlds.ts'

const resources = resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    methods: { type: 'string', default: methods.map(({ name }) => name).join(',') },
    seeds: { type: 'string', default: '1' },
    'further-seeds': { type: 'string', default: '' },
    jobs: { type: 'string', default: '1' },
    'world-seed': { type: 'string', default: '7003' },
    folder: { type: 'string', default: resolve(resources, '../out/reproduction') },
    output: { type: 'string', default: join(resources, 'reproduction', 'results') },
    json: { type: 'boolean', default: false },
  },
})
const worldSeed = Number(values['world-seed'])
const folder = join(values.folder, `world-${worldSeed}`)
const student = join(resources, 'models', 'micro-student.gguf')
const teacher = join(resources, 'models', 'micro-teacher.gguf')
type Weights = { model: string; adapter: string | null }
const untrained: Weights = { model: student, adapter: null }
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stop.abort(new Error('stopped; the same command goes on')))
const engine = openEngine()
const worlds = await makeWorlds(folder, worldSeed)
const say = (line: string): void => console.error(line)

function methodNamed(name: string): Method {
  const method = [...methods, ...extras].find((one) => one.name === name)
  if (!method)
    throw new Error(
      `There is no method ${name}; there are ${[...methods, ...extras].map(({ name }) => name).join(', ')}.`,
    )
  return method
}

const tests = new Map<string, Promise<TestResult>>()
/** Answers the test world once, or reads what was answered before. */
function test(name: string, weights: Weights, limit?: number): Promise<TestResult> {
  const testing = tests.get(name) ?? answer(name, weights, limit)
  tests.set(name, testing)
  return testing
}

async function answer(name: string, weights: Weights, limit = 2 * counts.testPerHop): Promise<TestResult> {
  const path = join(folder, 'tests', `${name}.json`)
  const known = readJson<TestResult>(path)
  if (known) return known
  const { agent } = await evaluate({
    resourcesDir: resources,
    data: { kind: 'questions', ...worlds.test },
    limit,
    model: weights.model,
    ...(weights.adapter ? { adapter: weights.adapter } : {}),
    retrievalOnly: false,
    arcap: true,
    episodes: 16,
    engine,
    signal: stop.signal,
  })
  if (!agent?.arcap) throw new Error('nothing was evaluated')
  const em = (odd: number): number => {
    const rows = agent.rows.filter((_, i) => i % 2 === odd)
    return rows.reduce((sum, { em }) => sum + em, 0) / rows.length
  }
  const result: TestResult = {
    oneHop: em(0),
    twoHop: em(1),
    hitRatio: agent.metrics.hit_ratio,
    searches: agent.metrics.search_steps,
    validActions: agent.metrics.valid_action_rate,
    arcap: { single: agent.arcap.single, multi: agent.arcap.multi },
  }
  mkdirSync(join(folder, 'tests'), { recursive: true })
  writeFileSync(path, JSON.stringify(result))
  return result
}

const wanted = values.methods.split(',').map(methodNamed)
const needed = [...wanted.flatMap(({ startsFrom }) => (startsFrom ? [methodNamed(startsFrom)] : [])), ...wanted]
const order = [...new Set(needed)].toSorted((a, b) => Number(a.startsFrom !== null) - Number(b.startsFrom !== null))
const trainings = new Map<string, ReturnType<typeof trainMethod>>()
/** Trains a method, after the one that it starts from; each is trained once. */
function trained(method: Method, seed: number, signal: AbortSignal): ReturnType<typeof trainMethod> {
  const name = `${method.name}-seed-${seed}`
  const begun = trainings.get(name)
  if (begun) return begun
  const start = async (): Promise<string> => {
    if (method.startsFrom === null) return student
    return (await trained(methodNamed(method.startsFrom), seed, signal)).weights?.model ?? student
  }
  const training = start().then((from) => {
    say(`${name} …`)
    return trainMethod({
      engine,
      folder,
      method,
      seed,
      worldSeed,
      worlds,
      student: from,
      teacher,
      signal,
      say: (line) => say(`  ${name} ${line}`),
    })
  })
  trainings.set(name, training)
  return training
}

async function outcomeOf(
  { method, seed }: { method: Method; seed: number },
  _: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const name = `${method.name}-seed-${seed}`
  const { weights, seconds, notes, lines } = await trained(method, seed, signal)
  const tested = weights ? await test(name, weights) : await test('student', untrained, counts.untrained)
  const { oneHop, twoHop } = tested
  say(
    `${name}: EM ${oneHop.toFixed(3)} over one article, ${twoHop.toFixed(3)} over two (${(seconds / 60).toFixed(1)} min)`,
  )
  return {
    method: method.name,
    seed,
    seconds,
    notes,
    curve: curveOf(lines),
    reinforcement: stepMeansOf(lines, 10),
    ...tested,
  }
}

const seedsIn = (list: string): number[] => list.split(',').filter(Boolean).map(Number)
const withSeeds = (some: readonly Method[], seeds: number[]) =>
  seeds.flatMap((seed) => some.map((method) => ({ method, seed })))
const runs = [
  ...withSeeds(order, seedsIn(values.seeds)),
  ...withSeeds(
    order.filter(({ name }) => repeated.includes(name)),
    seedsIn(values['further-seeds']),
  ),
]
const outcomes = await mapAtOnce(runs, Number(values.jobs), outcomeOf, stop.signal)
const results: Results = {
  worldSeed,
  teacher: await test('teacher', { model: teacher, adapter: null }),
  student: await test('student', untrained, counts.untrained),
  outcomes,
}
await worlds.index.close()
mkdirSync(values.output, { recursive: true })
writeFileSync(join(values.output, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
writeFileSync(join(values.output, 'curves.svg'), curves(results))
writeFileSync(join(values.output, 'scores.svg'), scoreCurves(results))
writeFileSync(join(values.output, 'table.md'), `${table(results)}\n`)
console.log(table(results))
if (values.json) console.log(JSON.stringify(results))
process.exit(0)
