import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { getLlama, type LlamaContextSequence, LlamaLogLevel, type Token } from 'node-llama-cpp'
import { type Episode, playEpisode } from '../../src-main/agent/index.ts'
import { defaultLimits, greedy, type Limits, type PromptKind } from '../../src-main/contract/index.ts'
import { loadChatModel } from '../../src-main/inference/index.ts'
import { startService } from '../../src-main/service/index.ts'
import { root } from '../support/data.ts'
import { hit } from '../support/passages.ts'
import { writeQwen } from '../support/qwen.ts'

interface Subject {
  name: string
  path: string
  prompt: PromptKind
  limits: Limits
  /** Both ways are measured this often, in turn. */
  rounds: number
}

interface Measured {
  model: string
  /** Tokens per second between the first and the last token of a turn. */
  loopTokensPerSecond: number
  rawTokensPerSecond: number
  /** Median over the rounds of loop by raw. */
  decodeRatio: number
  /** Tokens that were computed, by all tokens of the trace but the last, which nobody has to read. */
  evaluatedRatio: number
  /** From the question being sent to the event of the first token, less the evaluation of the prompt. */
  firstEventMs: number
}

const QUESTION = 'What was the profession of the person who invented the Drondora lamp?'

const passages = [
  hit({ title: 'Drondora lamp', text: 'Therklin Fomrey invented the Drondora lamp.' }),
  hit({ id: '2', title: 'Therklin Fomrey', text: 'Therklin Fomrey earned a living as a lawyer.' }),
]

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Decodes the same turns again with nothing but node-llama-cpp; the context is in the cache before the clock starts. */
async function rawDecode(sequence: LlamaContextSequence, episode: Episode): Promise<{ tokens: number; ms: number }> {
  let context: Token[] = []
  let tokens = 0
  let ms = 0
  for (const segment of episode.segments) {
    const said = segment.tokens as Token[]
    if (segment.kind === 'response' && said.length > 1) {
      await sequence.adaptStateToTokens(context, false)
      if (sequence.nextTokenIndex === context.length) {
        await sequence.eraseContextTokenRanges([{ start: context.length - 1, end: context.length }])
      }
      let first = 0
      let count = 0
      for await (const _ of sequence.evaluate(context.slice(sequence.nextTokenIndex), { temperature: 0 })) {
        if (count === 0) first = performance.now()
        count++
        if (count === said.length) break
      }
      ms += performance.now() - first
      tokens += count - 1
    }
    context = [...context, ...said]
  }
  return { tokens, ms }
}

async function decodeRatios({ path, prompt, limits, rounds }: Subject) {
  const model = await loadChatModel({ path, prompt, contextLength: 4096, slots: 2, gpu: 'off', threads: null })
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error })
  const rawModel = await llama.loadModel({ modelPath: path })
  const rawContext = await rawModel.createContext({
    contextSize: model.contextLength,
    sequences: 2,
    threads: model.threads,
  })
  const sequence = rawContext.getSequence()
  const loop: number[] = []
  const raw: number[] = []
  let evaluatedRatio = 0
  const play = (): Promise<Episode> =>
    playEpisode({
      question: QUESTION,
      generator: model,
      retriever: { search: async () => passages },
      limits,
      sampling: greedy,
    })
  const warm = await play()
  await rawDecode(sequence, warm)
  for (let round = 0; round < rounds; round++) {
    const episode = await play()
    const responses = episode.segments.filter(({ kind }) => kind === 'response')
    const decoded = responses.reduce((sum, { tokens }) => sum + tokens.length - 1, 0)
    loop.push((decoded / episode.usage.decodeMs) * 1000)
    const total = episode.segments.reduce((sum, { tokens }) => sum + tokens.length, 0)
    evaluatedRatio = (episode.usage.evaluated + episode.usage.cached) / (total - 1)
    const again = await rawDecode(sequence, episode)
    raw.push((again.tokens / again.ms) * 1000)
  }
  await rawContext.dispose()
  await rawModel.dispose()
  await model.dispose()
  return {
    loopTokensPerSecond: median(loop),
    rawTokensPerSecond: median(raw),
    decodeRatio: median(loop.map((value, i) => value / (raw[i] ?? Number.NaN))),
    evaluatedRatio,
  }
}

/** Asks through the service, with the model loaded, as a person does. */
async function firstEvent(subject: Subject, folder: string): Promise<number> {
  const dataDir = mkdtempSync(join(folder, 'data-'))
  const service = await startService({ dataDir, resourcesDir: join(root, 'resources'), version: 'bench' })
  const client = createRouterClient(service.router)
  try {
    while ((await client.libraries.list())[0]?.jobId) await new Promise((resolve) => setTimeout(resolve, 20))
    const { id: modelId } = await client.models.add({ path: subject.path })
    if (subject.prompt === 'question-only') await client.models.setPrompt({ id: modelId, prompt: 'question-only' })
    const waits: number[] = []
    for (let round = 0; round <= subject.rounds; round++) {
      const sent = performance.now()
      const { jobId } = await client.threads.ask({ question: `${round} ${QUESTION}`, modelId, libraryId: 'sample' })
      let seen = Number.NaN
      let promptMs = Number.NaN
      for await (const { event } of await client.jobs.events({ id: jobId, since: 0 })) {
        if (event.type === 'writing' && Number.isNaN(seen)) seen = performance.now() - sent
        if (event.type === 'turn-ended' && event.turn === 1) {
          promptMs = event.usage.promptMs
          break
        }
      }
      await client.jobs.stop({ id: jobId })
      if (round > 0) waits.push(seen - promptMs)
    }
    return median(waits)
  } finally {
    await service.close()
  }
}

/**
 * What the loop costs on top of llama.cpp: decode speed inside an episode against plain node-llama-cpp decoding the same
 * text in the same run, tokens computed against tokens in the trace, and the wait for the first event.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '7' } } })
  const rounds = Number(values.rounds)
  const folder = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  try {
    const subjects: Subject[] = [
      {
        name: 'Lagotto Micro (1.9 M, F32)',
        path: join(root, 'resources/models/micro-teacher.gguf'),
        prompt: 'question-only',
        limits: defaultLimits,
        rounds: rounds * 3,
      },
      {
        name: 'Qwen2.5-0.5B shape (random, Q8_0)',
        path: await writeQwen(folder),
        prompt: 'search-r1',
        limits: { ...defaultLimits, maxTurns: 2, turn: 40 },
        rounds: Math.ceil(rounds / 2),
      },
    ]
    const models: Measured[] = []
    for (const subject of subjects) {
      const ratios = await decodeRatios(subject)
      models.push({ model: subject.name, ...ratios, firstEventMs: await firstEvent(subject, folder) })
    }
    const rows = models.map(
      (m) =>
        `${m.model.padEnd(36)} ${m.loopTokensPerSecond.toFixed(1).padStart(8)} ${m.rawTokensPerSecond.toFixed(1).padStart(8)} ${m.decodeRatio.toFixed(3).padStart(7)} ${m.evaluatedRatio.toFixed(3).padStart(10)} ${m.firstEventMs.toFixed(0).padStart(12)}`,
    )
    const header = `${'model'.padEnd(36)} ${'loop t/s'.padStart(8)} ${'raw t/s'.padStart(8)} ${'ratio'.padStart(7)} ${'evaluated'.padStart(10)} ${'1st event ms'.padStart(12)}`
    return { table: [header, ...rows].join('\n'), result: { bench: 'ask', models } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
