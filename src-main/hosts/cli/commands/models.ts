import { resolve } from 'node:path'
import {
  appError,
  type Fit,
  leftWords,
  type Model,
  type Progress,
  type RemotePlace,
  type WeightType,
  weightTypeSchema,
} from '../../../contract/index.ts'
import { type Command, type Invocation, text, UsageError } from '../command.ts'
import type { Client } from '../session.ts'
import { count, oneLine, type Terminal } from '../terminal.ts'

type Action = (client: Client, invocation: Invocation, subject: string) => Promise<number>

const actions: Record<string, { subject: string | null; run: Action }> = {
  list: { subject: null, run: list },
  info: { subject: 'model', run: info },
  add: { subject: 'file', run: add },
  download: { subject: 'reference', run: download },
  connect: { subject: 'address', run: connect },
  import: { subject: 'folder', run: convert },
  export: { subject: 'model', run: exportModel },
  verify: { subject: 'model', run: verify },
  remove: { subject: 'model', run: remove },
  fit: { subject: 'reference or file', run: fit },
}

export const models: Command = {
  summary: 'Find, fetch, convert and check models',
  usage: 'list|info|add|download|connect|import|export|verify|remove|fit …',
  options: {
    type: { type: 'string' },
    catalogue: { type: 'boolean' },
    base: { type: 'string' },
    adapter: { type: 'string' },
    to: { type: 'string' },
    name: { type: 'string' },
    model: { type: 'string' },
  },
  help: `  list [--catalogue]   The models that are here; with --catalogue those that can be fetched
  info MODEL           What a model is made of and where it came from
  add FILE             Use a GGUF file where it lies
  download REFERENCE   Fetch a model; run it again to go on after an interruption. REFERENCE is the id of a model or
                       of a set of the catalogue, hf:owner/name, hf:owner/name:Q4_K_M, hf:owner/name/file.gguf, or
                       the address of a file. HF_TOKEN opens gated models, HF_ENDPOINT is another hub than the public one
  connect ADDRESS [--model MODEL] [--name NAME]
                       Use a model on a server that speaks OpenAI's protocol (llama-server, vLLM, Ollama, LM Studio), such
                       as http://localhost:8080/v1, by the name remote:NAME in ask, eval and train. Without --model: lists
                       the models that the server has. LAGOTTO_SERVER_KEY is the key that the server wants. Whoever uses
                       such a model sends questions and the passages found to that server
  import FOLDER        Convert a Hugging Face checkpoint (config.json, tokenizer.json, *.safetensors) to GGUF
  import FOLDER --base MODEL
                       Convert a LoRA adapter of PEFT (adapter_config.json, adapter_model.safetensors) for that model
  export MODEL --adapter FILE --to FOLDER
                       Write an adapter for PEFT
  export MODEL [--adapter FILE] --to FILE.gguf [--type TYPE]
                       Write a model with an adapter merged into its weights, as F32, F16, BF16, Q8_0, Q6_K or Q4_K
  verify MODEL         Compare a model's checksum with the one that it came with
  remove MODEL         Forget a model; its file is deleted only if Lagotto fetched or made it
  fit REFERENCE|FILE   Whether a model would run here, without fetching it

  MODEL is an id, a name or a path, as "list" shows them.
  --type TYPE          How converted weights are stored: Q8_0 (default), F16, BF16 or F32`,
  async run(invocation) {
    const [name = '', ...rest] = invocation.positionals
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) throw new UsageError(`${name ? `"${name}" is no action` : 'An action is missing'}: ${models.usage}`)
    const subject = rest.join(' ').trim()
    if (action.subject !== null && subject === '') throw new UsageError(`The ${action.subject} is missing.`)
    if (action.subject === null && subject !== '') throw new UsageError(`"${name}" takes nothing more.`)
    if (name !== 'export') weightType(invocation)
    const { withService } = await import('../session.ts')
    return withService(invocation, (client) => action.run(client, invocation, subject))
  },
}

function weightType({ values }: Invocation): WeightType {
  const type = weightTypeSchema.safeParse(text(values, 'type')?.toUpperCase() ?? 'Q8_0')
  if (!type.success) throw new UsageError('--type takes Q8_0, F16, BF16 or F32.')
  return type.data
}

/** `1.6 GB`, `494 M` */
function short(n: number, unit: string): string {
  const [divisor, letter] = n >= 1e9 ? [1e9, 'G'] : [1e6, 'M']
  return `${(n / divisor).toFixed(n / divisor < 10 ? 1 : 0)} ${letter}${unit}`
}

async function list(client: Client, { values, terminal }: Invocation): Promise<number> {
  if (values['catalogue'] === true) return listCatalogue(client, terminal)
  const found = await client.models.list()
  for (const model of found) {
    const { name, role, architecture, parameters, quantization, sizeBytes } = model
    const file = [architecture, short(parameters, ''), quantization, short(sizeBytes, 'B')]
    const facts = [role, ...(model.remote ? placeFacts(model.remote) : file)].join(' · ')
    terminal.print(`${terminal.bold(oneLine(name))}  ${oneLine(facts)}`)
    terminal.print(`   ${oneLine(model.id)}  ${oneLine(model.path)}`)
    if (model.error) terminal.print(`   ${oneLine(model.error.message)}`)
  }
  terminal.result({ models: found })
  return 0
}

async function listCatalogue(client: Client, terminal: Terminal): Promise<number> {
  const catalogue = await client.models.catalogue()
  for (const model of catalogue.models) {
    const facts = [model.role, short(model.parameters, ''), model.languages.join(' '), model.license]
    terminal.print(`${terminal.bold(model.id)}  ${model.name} · ${facts.join(' · ')}${model.gated ? ' · gated' : ''}`)
    terminal.print(`   ${model.goodFor}`)
  }
  for (const set of catalogue.sets) {
    terminal.print(`${terminal.bold(set.id)}  ${set.description} ${set.student} + ${set.teacher} + ${set.embedder}`)
  }
  terminal.result(catalogue)
  return 0
}

/** The model that a person means: by id, path or name. */
async function find(client: Client, wanted: string): Promise<Model> {
  const all = await client.models.list()
  const found =
    all.find(({ id, path }) => id === wanted || path === resolve(wanted)) ??
    all.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  if (found) return found
  const names = all.map(({ name }) => `"${name}"`).join(', ')
  throw appError('NOT_FOUND', `There is no model "${wanted}".`, `Choose one of these: ${names}.`)
}

async function info(client: Client, { terminal }: Invocation, subject: string): Promise<number> {
  const details = await client.models.info({ id: (await find(client, subject)).id })
  const { model, source } = details
  const lines: [string, string | number | null][] = [
    ['name', model.name],
    ['id', model.id],
    ['file', model.path],
    ['from', source?.reference ?? null],
    ['role', model.role],
    ['architecture', model.architecture],
    ['weights', `${short(model.parameters, '')}, ${model.quantization}, ${short(model.sizeBytes, 'B')}`],
    ['layers', details.layers],
    ['width', details.embeddingLength],
    ['context', `${model.contextLength} tokens`],
    ['tokenizer', details.tokenizer && `${details.tokenizer}, ${details.vocabulary ?? '?'} tokens`],
    ['prompt', model.prompt],
    ['chat template', details.chatTemplate === null ? 'none' : `${details.chatTemplate.length} characters`],
    ['problem', model.error?.message ?? null],
  ]
  for (const [name, value] of lines) if (value !== null) terminal.print(`${name.padEnd(14)} ${oneLine(String(value))}`)
  terminal.result(details)
  return 0
}

async function add(client: Client, { terminal }: Invocation, subject: string): Promise<number> {
  return added(await client.models.add({ path: resolve(subject) }), terminal)
}

function added(model: Model, terminal: Terminal): number {
  terminal.print(`"${oneLine(model.name)}" (${model.role}, ${short(model.sizeBytes, 'B')}) can be used.`)
  terminal.print(`   ${oneLine(model.path)}`)
  terminal.result({ model })
  return 0
}

/** Where a model on a server is, and what the server gives. */
function placeFacts({ host, here, model, speaks, scores }: RemotePlace): string[] {
  return [
    `${model} on ${host}${here ? ' (this computer)' : ''}`,
    speaks === 'text' ? 'goes on with any text' : 'chat by turns',
    scores.how === 'none' ? 'no probabilities: as a teacher for SeqKD only' : 'tells probabilities: any method',
  ]
}

async function connect(client: Client, { values, terminal }: Invocation, url: string): Promise<number> {
  const key = process.env['LAGOTTO_SERVER_KEY']?.trim() || null
  const model = text(values, 'model')
  if (model === null) {
    const offered = await client.models.offered({ url, key })
    for (const each of offered.models) terminal.print(oneLine(each))
    terminal.result(offered)
    return 0
  }
  const connected = await client.models.connect({ url, key, model, name: text(values, 'name') ?? model })
  terminal.print(`"${oneLine(connected.name)}" can be used as ${oneLine(connected.id)}.`)
  if (connected.remote) terminal.print(`   ${placeFacts(connected.remote).map(oneLine).join(' · ')}`)
  if (connected.note) terminal.print(`   ${oneLine(connected.note)}`)
  terminal.result({ model: connected })
  return 0
}

/** Follows the job that brings a model; null, with the reason told, when it does not. */
async function bring(client: Client, { terminal, signal }: Invocation, jobId: string): Promise<Model | null> {
  const { follow, interrupted } = await import('../session.ts')
  let model: Model | null = null
  const job = await follow(client, jobId, signal, (event) => {
    if (event.type === 'progress') terminal.status(bytesLine(event.progress))
    if (event.type === 'model') model = event.model
  })
  if (!model) terminal.fail(job.error ?? interrupted)
  return model
}

function bytesLine(progress: Progress): string {
  const { what, done, total, rate } = progress
  const parts = [oneLine(what), total > 0 ? `${short(done, 'B')} of ${short(total, 'B')}` : short(done, 'B')]
  if (rate !== null) parts.push(`${short(rate, 'B')}/s`)
  return [...parts, leftWords(progress)].filter(Boolean).join(' · ')
}

async function download(client: Client, invocation: Invocation, subject: string): Promise<number> {
  const { terminal } = invocation
  const type = weightType(invocation)
  const catalogue = await client.models.catalogue()
  const set = catalogue.sets.find(({ id }) => id === subject)
  const wanted = set ? [set.student, set.teacher, set.embedder] : [subject]
  const references = wanted.map((each) => catalogue.models.find(({ id }) => id === each)?.reference ?? each)
  const brought: Model[] = []
  for (const reference of references) {
    const { jobId } = await client.models.download({ reference, type })
    const model = await bring(client, invocation, jobId)
    if (!model) return 1
    brought.push(model)
  }
  const [only] = brought
  if (only && brought.length === 1) return added(only, terminal)
  terminal.print(
    `${count(brought.length, 'model')} can be used: ${brought.map(({ name }) => oneLine(name)).join(', ')}.`,
  )
  terminal.result({ models: brought })
  return 0
}

async function convert(client: Client, invocation: Invocation, subject: string): Promise<number> {
  const base = text(invocation.values, 'base')
  if (base !== null) return importAdapter(client, invocation, subject, base)
  const { jobId } = await client.models.import({ path: resolve(subject), type: weightType(invocation) })
  const model = await bring(client, invocation, jobId)
  return model ? added(model, invocation.terminal) : 1
}

async function importAdapter(client: Client, { terminal }: Invocation, folder: string, base: string): Promise<number> {
  const model = await find(client, base)
  const { path } = await client.models.importAdapter({ path: resolve(folder), modelId: model.id })
  terminal.print(`The adapter for "${oneLine(model.name)}" can be used:`)
  terminal.print(`   ${oneLine(path)}`)
  terminal.result({ adapter: path, model })
  return 0
}

const modelTypes = { f32: 'f32', f16: 'f16', bf16: 'bf16', q8_0: 'q8_0', q6_k: 'q6_K', q4_k: 'q4_K' } as const

async function exportModel(client: Client, { values, terminal }: Invocation, subject: string): Promise<number> {
  const to = text(values, 'to')
  if (to === null) throw new UsageError('--to is missing: the folder or the .gguf file to write.')
  const wanted = (text(values, 'type') ?? 'q8_0').toLowerCase()
  if (!Object.hasOwn(modelTypes, wanted)) throw new UsageError('--type takes F32, F16, BF16, Q8_0, Q6_K or Q4_K.')
  const file = text(values, 'adapter')
  const adapter = file === null ? null : resolve(file)
  const modelId = (await find(client, subject)).id
  const gguf = /\.gguf$/i.test(to)
  if (!gguf && adapter === null) throw new UsageError('--adapter is missing: the adapter to write for PEFT.')
  const { path } = await client.models.export(
    gguf
      ? { format: 'gguf', modelId, adapter, to: resolve(to), type: modelTypes[wanted as keyof typeof modelTypes] }
      : { format: 'peft', modelId, adapter: adapter ?? '', to: resolve(to) },
  )
  terminal.print(`${oneLine(path)} was written.`)
  terminal.result({ path })
  return 0
}

async function verify(client: Client, { terminal }: Invocation, subject: string): Promise<number> {
  const model = await find(client, subject)
  const result = await client.models.verify({ id: model.id })
  const verdict =
    result.intact === null
      ? 'no checksum is known to compare it with'
      : result.intact
        ? 'intact'
        : 'DAMAGED: download it again'
  terminal.print(`"${oneLine(model.name)}": ${verdict}.`)
  for (const { name, sha256 } of result.files) terminal.print(`   SHA-256 ${sha256}  ${oneLine(name)}`)
  terminal.result({ model, ...result })
  return result.intact === false ? 1 : 0
}

async function remove(client: Client, { terminal }: Invocation, subject: string): Promise<number> {
  const model = await find(client, subject)
  await client.models.remove({ id: model.id })
  terminal.print(`"${oneLine(model.name)}" was removed.`)
  terminal.result({ removed: model })
  return 0
}

async function fit(client: Client, { terminal }: Invocation, subject: string): Promise<number> {
  const catalogue = await client.models.catalogue()
  const reference = catalogue.models.find(({ id }) => id === subject)?.reference ?? subject
  const found = await client.models.fit({ reference })
  for (const line of fitLines(found)) terminal.print(line)
  terminal.result(found)
  return found.verdict === 'no' ? 1 : 0
}

function fitLines(fit: Fit): string[] {
  const line = (name: string, bytes: number): string => `${name.padEnd(14)} ${short(bytes, 'B').padStart(8)}`
  return [
    fit.summary,
    ...(fit.downloadBytes > 0 ? [line('download', fit.downloadBytes)] : []),
    `${line('disk', fit.diskBytes)} of ${short(fit.freeDiskBytes, 'B')} free`,
    line('weights', fit.weightsBytes),
    ...(fit.contextBytes === null ? [] : [`${line('context', fit.contextBytes)}, ${fit.contextLength} tokens`]),
    `${line('memory in all', fit.memoryBytes)} of ${short(fit.totalMemoryBytes, 'B')}`,
    line('left', Math.max(0, fit.totalMemoryBytes - fit.memoryBytes)),
    ...(fit.trainingBytes === null ? [] : [`${line('to teach it', fit.trainingBytes)} more`]),
    ...(fit.tokensPerSecond === null
      ? []
      : [`${'speed'.padEnd(14)} about ${fit.tokensPerSecond.toPrecision(2)} tokens/s on the processor`]),
  ]
}
