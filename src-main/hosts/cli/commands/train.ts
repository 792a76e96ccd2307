import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { appError, type RunInput, trainingMethodSchema } from '../../../contract/index.ts'
import { type Command, integer, modelPath, text, UsageError, type Values } from '../command.ts'

export const train: Command = {
  summary: 'Teach a small model to search your library',
  usage:
    '--method METHOD --student FILE --teacher FILE --library NAME --questions FILE | list|status|attach|pause|resume|stop|delete|report|promote|rollback|promoted [RUN]',
  options: {
    method: { type: 'string' },
    student: { type: 'string' },
    adapter: { type: 'string' },
    teacher: { type: 'string' },
    library: { type: 'string' },
    sample: { type: 'boolean' },
    questions: { type: 'string' },
    'question-set': { type: 'string' },
    config: { type: 'string' },
    out: { type: 'string' },
    name: { type: 'string' },
    'no-cold-start': { type: 'boolean' },
    guidance: { type: 'string' },
    order: { type: 'string' },
    steps: { type: 'string' },
    epochs: { type: 'string' },
    seed: { type: 'string' },
    threads: { type: 'string' },
    set: { type: 'string', multiple: true },
    'dry-run': { type: 'boolean' },
    detach: { type: 'boolean' },
    baseline: { type: 'boolean' },
    html: { type: 'string' },
    force: { type: 'boolean' },
  },
  help: `  --method METHOD  dgpo (recommended), kd, seqkd, gkd, distillm, taid, ppo or grpo
  --student FILE   The GGUF model that learns. It stays as it is: what is learned becomes an adapter, or
                   (micro models, up to 50 million weights) a copy
  --adapter FILE   An adapter over the student to begin with
  --teacher FILE   A larger GGUF model with the same tokenizer, or one on a server: remote:NAME; ppo and grpo need none
  --library NAME   The library to search; --sample: the sample library
  --questions FILE Questions with answers, in any form that "lagotto questions import" reads
  --question-set NAME  A set of questions instead of a file
  --out DIR        The run's folder. Without it: one in the data folder
  --name NAME      Shown in lists
  --dry-run        Only tells what the run would need: memory, time, disk, usable questions
  --baseline       With --dry-run: has a few validation questions answered, to tell what both can do before
  --detach         Starts the run and returns. Without it Ctrl+C does the same: a run ends by pause and stop only

  --steps N        Steps of reinforcement; of a method without it: of distillation
  --epochs N       Epochs of distillation
  --no-cold-start  Reinforcement without distillation before it
  --guidance KIND  Which episodes the teacher guides: selective (the wrong ones), uniform (all) or none
  --order reversed Reinforcement first, then distillation
  --seed N         With --threads 1 the same seed gives the same weights
  --threads N      CPU threads
  --config FILE    More settings, as JSON; src-main/contract/run.ts lists them
  --set NAME=VALUE One setting, such as reinforcement.batch=32; as often as wanted

  list             All runs, newest first
  status [RUN]     How a run is; RUN is its id, the beginning of one, or its folder. Without it: the newest
  attach [RUN]     Follows a run
  pause [RUN]      Ends the process after the current step and frees the memory
  resume [RUN]     Goes on from the last step, also after the computer was turned off
  stop [RUN]       Ends it now
  delete RUN       Deletes the run's folder
  report [RUN]     What came of a finished run; --html FILE writes it as a page of its own
  promote RUN      Makes what it learned the default of its library in Ask, or of --library NAME; --force: although it was
                   no improvement on the test questions
  rollback         Goes back to what answered for --library NAME before
  promoted         All that was promoted, with where it comes from`,
  async run(invocation) {
    const [name, reference = null, ...rest] = invocation.positionals
    if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one word too many.`)
    const { startRun, runActions } = await import('../training.ts')
    if (name === undefined) return startRun(invocation, await inputOf(invocation.values))
    const action = Object.hasOwn(runActions, name) ? runActions[name] : undefined
    if (!action) throw new UsageError(`"${name}" is no action: ${Object.keys(runActions).join(', ')}.`)
    return action(invocation, reference)
  },
}

/** The run that the options describe, but for its library. */
async function inputOf(values: Values): Promise<Omit<RunInput, 'libraryId'>> {
  const config = await configOf(values)
  if (values['sample'] !== true) required(values, 'library')
  if (text(values, 'question-set') === null) required(values, 'questions')
  return {
    student: resolve(required(values, 'student')),
    config,
    ...optional('teacher', modelPath(values, 'teacher')),
    ...optional('adapter', path(values, 'adapter')),
    ...optional('out', path(values, 'out')),
    ...optional('name', text(values, 'name')),
  }
}

/** Settings from the file, then from `--set`, then from the options of their own. */
async function configOf(values: Values): Promise<Record<string, unknown>> {
  const method = trainingMethodSchema.safeParse(required(values, 'method'))
  if (!method.success) throw new UsageError(`--method takes ${trainingMethodSchema.options.join(', ')}.`)
  const config: Record<string, unknown> = {}
  const file = text(values, 'config')
  if (file !== null) Object.assign(config, await readConfig(resolve(file)))
  const given = values['set']
  for (const one of Array.isArray(given) ? given : []) {
    const [name = '', ...value] = String(one).split('=')
    if (name === '' || value.length === 0) throw new UsageError(`--set takes NAME=VALUE, not "${one}".`)
    put(config, name, parsedValue(value.join('=')))
  }
  put(config, 'method', method.data)
  const steps = integer(values, 'steps', 1, 1_000_000)
  const reinforces = ['dgpo', 'ppo', 'grpo'].includes(method.data)
  if (steps !== null) put(config, reinforces ? 'reinforcement.steps' : 'distillation.maxSteps', steps)
  const epochs = integer(values, 'epochs', 1, 100_000)
  if (epochs !== null) put(config, 'distillation.epochs', epochs)
  const seed = integer(values, 'seed', 0, 0xffffffff)
  if (seed !== null) put(config, 'seed', seed)
  const threads = integer(values, 'threads', 1, 256)
  if (threads !== null) put(config, 'threads', threads)
  if (values['no-cold-start'] === true) put(config, 'coldStart', false)
  for (const name of ['guidance', 'order']) {
    const value = text(values, name)
    if (value !== null) put(config, name, value)
  }
  return config
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    throw appError('INVALID_INPUT', `The settings in ${path} cannot be read.`, 'Give a JSON file that is there.', {
      detail: String(error),
    })
  }
  throw appError('INVALID_INPUT', `${path} is not an object of settings.`, 'Give a JSON file with one object.')
}

/** Sets what a dotted name means. */
function put(config: Record<string, unknown>, name: string, value: unknown): void {
  const path = name.split('.')
  const last = path.pop() ?? name
  let at = config
  for (const key of path) {
    const next = at[key]
    const inner = typeof next === 'object' && next !== null ? { ...next } : {}
    at[key] = inner
    at = inner as Record<string, unknown>
  }
  at[last] = value
}

/** A value as JSON has it, else the text itself. */
function parsedValue(written: string): unknown {
  try {
    return JSON.parse(written)
  } catch {
    return written
  }
}

function required(values: Values, name: string): string {
  const value = text(values, name)
  if (value === null) throw new UsageError(`--${name} is missing.`)
  return value
}

function path(values: Values, name: string): string | null {
  const value = text(values, name)
  return value === null ? null : resolve(value)
}

const optional = <K extends string>(key: K, value: string | null) =>
  (value === null ? {} : { [key]: value }) as Partial<Record<K, string>>
