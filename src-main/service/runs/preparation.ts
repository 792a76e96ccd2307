import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import {
  AppError,
  appError,
  type ErrorValue,
  type GpuChoice,
  type Preflight,
  type PromptKind,
  type RunConfig,
  type RunInput,
  type RunManifest,
  type RunModel,
  remoteName,
  toErrorValue,
} from '../../contract/index.ts'
import { fitModel, freeSpace, hubOptions, modelFingerprint, tokenizerFingerprints } from '../../models/index.ts'
import { createRun, type Engine, openEngine } from '../../training/index.ts'
import type { QuestionSets } from '../questions.ts'
import type { Remotes } from '../remotes.ts'
import {
  type EstimateInput,
  estimateDisk,
  estimateMemory,
  estimateSeconds,
  measuredSeconds,
  methodNames,
  needsTeacher,
  type Played,
  plannedSteps,
} from './estimate.ts'
import { type ChatParts, chatFacts, chatModel, encoderOf, parseConfig, trainingFacts } from './facts.ts'
import { copyIndex } from './index-copy.ts'
import { parityDifferences, parityError } from './parity.ts'
import { lookUp, questionsError, readQuestions } from './questions.ts'
import { remoteTeacherError, remoteTeacherNotices, remoteTeacherRecord } from './remote-teacher.ts'
import type { Runs } from './runs.ts'
import { indexPath, type Setup, type Splits, writeSetup } from './setup.ts'

export interface PreparationParts extends ChatParts {
  runs: Runs
  remotes: Pick<Remotes, 'find'>
  questions: Pick<QuestionSets, 'list' | 'sets'>
  version: string
}

/** Everything that a run is made of, and what is known about it before it starts. */
export interface Preparation {
  preflight: Preflight
  manifest: Omit<RunManifest, 'version'>
  setup: Setup
  splits: Splits
  /** Where the library's index lies. */
  index: string
}

/** Episodes that are played at once, where their room in memory is small. */
const SLOTS = 16
const SLOTS_BYTES = 2 ** 30
/** Of the memory that is free, what a run may take. */
const MEMORY_SHARE = 0.95
/** Share of looked-up questions without an answer in the library from which on a person is told. */
const NOT_FOUND_SHARE = 0.2

/** What llama.cpp takes to play with a model. */
async function playedModel(path: string, contextLength: number): Promise<Played> {
  const fit = await fitModel(path, {
    modelsDir: dirname(path),
    contextLength,
    slots: 1,
    hub: hubOptions(),
    trainingBytes: async () => null,
    tokensPerSecond: async () => null,
  })
  const slotBytes = fit.contextBytes ?? 0
  return { path, weightsBytes: fit.weightsBytes, slotBytes, workBytes: fit.memoryBytes - fit.weightsBytes - slotBytes }
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

/** The engine, or why there is none. */
function engineOrError(gpu: GpuChoice): { engine: Engine | null; error: ErrorValue | null } {
  try {
    return { engine: openEngine({ gpu: gpu === 'off' ? 'off' : 'auto' }), error: null }
  } catch (error) {
    return { engine: null, error: toErrorValue(error) }
  }
}

/** Mean seconds per step of the newest run of the same method with the same models and as many episodes a step. */
async function earlierSeconds(runs: Runs, manifest: Pick<RunManifest, 'student' | 'teacher' | 'config'>) {
  const { student, teacher, config } = manifest
  for (const run of await runs.list()) {
    const other = run.manifest
    const alike =
      other.config.method === config.method &&
      other.student.fingerprint === student.fingerprint &&
      other.teacher?.fingerprint === teacher?.fingerprint &&
      other.config.reinforcement.batch === config.reinforcement.batch
    const seconds = alike ? measuredSeconds(await runs.lines(run.id, 0, 1000)) : null
    if (seconds !== null) return seconds
  }
  return null
}

/** A short name that sorts by time: `dgpo-20261121-1432-9f3a`. */
function newId(method: string, now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T')
  const stamp = `${date.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}`
  return `${method}-${stamp}-${randomBytes(2).toString('hex')}`
}

/** Up to so many weights a model is a micro model. */
const MICRO = 50e6

/**
 * The settings of a run, with all weights of a micro model trained if nothing else is asked for. An adapter leaves the
 * embeddings alone, and those of a micro model may know nothing of the words that an episode is written in.
 */
function allOfMicro(config: RunConfig, { config: given, adapter }: RunInput, parameters: number): RunConfig {
  if (given['tuning'] !== undefined || adapter !== undefined || parameters > MICRO) return config
  return { ...config, tuning: { ...config.tuning, mode: 'full' } }
}

async function modelOf(
  parts: ChatParts,
  path: string,
  adapter: string | null,
): Promise<RunModel & { prompt: PromptKind; template: string; parameters: number }> {
  const { name, prompt, parameters } = await chatModel(parts.registry, path)
  const { tokenizer, template } = await tokenizerFingerprints(path)
  return { name, path, adapter, fingerprint: await modelFingerprint(path), tokenizer, template, prompt, parameters }
}

/** The teacher's own mismatches: it must read the student's prompt, and spell as the student does. */
function teacherErrors(
  student: Awaited<ReturnType<typeof modelOf>>,
  teacher: Awaited<ReturnType<typeof modelOf>> | null,
  config: RunConfig,
): ErrorValue[] {
  if (!teacher) {
    if (!needsTeacher(config)) return []
    const name = methodNames[config.method]
    return [
      appError('INVALID_INPUT', `${name} needs a teacher.`, 'Choose a teacher, or a method without one (PPO, GRPO).')
        .value,
    ]
  }
  if (teacher.tokenizer !== student.tokenizer) {
    return [
      appError(
        'TOKENIZER_MISMATCH',
        `${teacher.name} and ${student.name} do not share a tokenizer, so one cannot teach the other.`,
        'Choose a teacher and a student of one family, such as Qwen2.5 3B and Qwen2.5 0.5B.',
      ).value,
    ]
  }
  const alike = teacher.prompt === student.prompt && teacher.template === student.template
  if (alike) return []
  const of = ({ prompt, template }: typeof student): string => `${prompt}, template ${template}`
  return [parityError([{ what: 'prompt', training: `${of(teacher)} (teacher)`, chat: of(student) }]).value]
}

/**
 * Finds out everything about a run before it starts. What makes it impossible stands in `preflight.refusals`; only what
 * leaves nothing to find out is thrown.
 *
 * @throws {AppError} INVALID_INPUT (settings), NOT_FOUND (library), MODEL_* and PATH_* (files)
 */
export async function prepare(input: RunInput, parts: PreparationParts): Promise<Preparation> {
  const given = parseConfig(input.config)
  const library = parts.libraries.get(input.libraryId)
  if (remoteName(input.student) !== null) {
    throw appError(
      'INVALID_INPUT',
      `“${remoteName(input.student)}” is on a server, so it can teach but not be taught.`,
      'Choose a student whose file is on this computer.',
    )
  }
  const studentPath = resolve(input.student)
  const student = await modelOf(parts, studentPath, input.adapter ? resolve(input.adapter) : null)
  const config = allOfMicro(given, input, student.parameters)
  const distant = input.teacher && remoteName(input.teacher) !== null ? parts.remotes.find(input.teacher) : null
  const teacher = input.teacher && !distant ? await modelOf(parts, resolve(input.teacher), null) : null
  const { splits, unusable, source } = await readQuestions(input, parts.questions)
  const chat = await chatFacts(parts, studentPath, library.id)
  const { dir: index, embedded } = await parts.libraries.place(library.id)
  const { gpu } = parts.settings()
  const { engine, error: noEngine } = engineOrError(gpu)

  const { prompt: _, template: __, parameters: ___, ...studentRecord } = student
  const manifest: Preparation['manifest'] = {
    id: newId(config.method, new Date()),
    name: input.name ?? `${methodNames[config.method]} · ${student.name}`,
    createdAt: Date.now(),
    config,
    versions: { lagotto: parts.version, node: process.versions.node, ...(engine ? { engine: engine.version } : {}) },
    student: studentRecord,
    teacher: distant
      ? remoteTeacherRecord(distant, student.tokenizer)
      : teacher && {
          name: teacher.name,
          path: teacher.path,
          adapter: null,
          fingerprint: teacher.fingerprint,
          tokenizer: teacher.tokenizer,
        },
    environment: {
      library: { id: library.id, name: library.name, fingerprint: chat.retriever },
      prompt: student.prompt,
      limits: chat.limits,
    },
    questions: {
      source,
      fingerprint: createHash('sha256').update(JSON.stringify(splits)).digest('hex').slice(0, 16),
      train: splits.train.length,
      validation: splits.validation.length,
      test: splits.test.length,
    },
  }
  const parity = parityDifferences(trainingFacts(manifest), chat)
  const { characters, ...found } = await lookUp(splits.train, (query, limit) =>
    parts.libraries.search(library.id, query, limit),
  )
  const limit = chat.limits.episode
  const plays: Played[] = [
    await playedModel(studentPath, limit),
    ...(teacher ? [await playedModel(teacher.path, limit)] : []),
  ]
  const slots = Math.max(
    1,
    Math.min(SLOTS, ...plays.map(({ slotBytes }) => Math.floor(SLOTS_BYTES / Math.max(1, slotBytes)))),
  )
  const steps = plannedSteps(config, splits.train.length)
  const facts = { memory: { bytes: 0, parts: [] as Preflight['memory']['parts'] }, seconds: 0, disk: 0 }
  const measured = await earlierSeconds(parts.runs, manifest)
  let unfit: ErrorValue | null = null
  if (engine && plays[0]) {
    const estimate: EstimateInput = {
      engine,
      config,
      student: { ...plays[0], parameters: student.parameters },
      teacher: teacher && plays[1] ? { ...plays[1], parameters: teacher.parameters } : null,
      episodeTokens: Math.min(
        limit,
        (await engine.inspectModel(studentPath).catch(() => null))?.contextLength ?? limit,
      ),
      limits: chat.limits,
      passageCharacters: characters,
      slots,
      train: splits.train.length,
      validation: splits.validation.length,
    }
    try {
      facts.memory = await estimateMemory(estimate)
      facts.disk = await estimateDisk(estimate)
      facts.seconds = measured ?? (await estimateSeconds(estimate, availableParallelism()))
    } catch (error) {
      unfit = toErrorValue(error)
    }
  }
  const freeBytes = await freeSpace(input.out ? resolve(input.out) : parts.runs.folderOf(manifest.id))
  const availableBytes = process.availableMemory()
  const preflight: Preflight = {
    questions: { ...countsOf(splits), unusable, ...found },
    memory: { ...facts.memory, availableBytes },
    time: { steps, secondsPerStep: facts.seconds, basis: measured === null ? 'estimated' : 'measured' },
    disk: { bytes: facts.disk, freeBytes },
    parity,
    refusals: [],
    notices: [],
  }
  preflight.refusals = [
    noEngine,
    ...(distant ? [await remoteTeacherError(distant, config, studentPath)] : teacherErrors(student, teacher, config)),
    unfit,
    questionsError(splits, unusable)?.value,
    parity.length > 0 ? parityError(parity).value : null,
    library.jobId === null ? null : busyLibrary(library.name).value,
    libraryError(preflight, library.name),
    memoryError(preflight),
    diskError(preflight),
  ].filter((error) => error !== null && error !== undefined)
  const { looked, notFound } = preflight.questions
  if (notFound > 0 && notFound / looked > NOT_FOUND_SHARE) {
    preflight.notices.push(
      `Of ${looked} questions that were looked up, the answers of ${notFound} were not found in “${library.name}”.`,
    )
  }
  if (unusable > 0)
    preflight.notices.push(`${unusable} questions have no answer or stand there twice and are left out.`)
  if (distant) preflight.notices.push(...remoteTeacherNotices(distant, config, library.name))
  const setup: Setup = {
    embedder: embedded ? await encoderOf(parts, 'embedding') : null,
    reranker: await encoderOf(parts, 'reranking'),
    gpu,
    slots,
    remoteTeacher: distant && { facts: distant.facts, proxy: parts.settings().proxy },
  }
  const foreseen = facts.seconds > 0 ? { foreseenStepSeconds: facts.seconds } : {}
  return { preflight, manifest: { ...manifest, ...foreseen }, setup, splits, index }
}

const countsOf = ({ train, validation, test }: Splits) => ({
  train: train.length,
  validation: validation.length,
  test: test.length,
})

const busyLibrary = (name: string): AppError =>
  appError('LIBRARY_BUSY', `“${name}” is being read just now.`, 'Wait until it is up to date, then start the run.')

function libraryError({ questions }: Preflight, name: string): ErrorValue | null {
  const { looked, notFound } = questions
  if (looked === 0 || notFound < looked) return null
  return appError(
    'ANSWERS_NOT_IN_LIBRARY',
    `None of the ${looked} answers that were looked up is in “${name}”, so nothing can be learned from searching there.`,
    'Choose the library that the questions are about, or add its documents first.',
  ).value
}

function memoryError({ memory }: Preflight): ErrorValue | null {
  const { bytes, availableBytes, parts } = memory
  if (bytes <= MEMORY_SHARE * availableBytes) return null
  return appError(
    'TRAINING_MEMORY',
    `This run needs about ${gb(bytes)} of memory, and ${gb(availableBytes)} are free.`,
    'Close other programs, choose smaller models, or lower packTokens or the rank.',
    { detail: parts.map(({ name, bytes }) => `${name}: ${gb(bytes)}`).join('\n') },
  ).value
}

function diskError({ disk }: Preflight): ErrorValue | null {
  const { bytes, freeBytes } = disk
  if (bytes <= freeBytes) return null
  return appError(
    'DISK_FULL',
    `This run needs about ${gb(bytes)} on the disk, and ${gb(freeBytes)} are free.`,
    'Free some space, or choose another folder for the run.',
  ).value
}

/**
 * Makes the run's folder, with its own copy of the library's index. Nothing of it stays when that fails.
 *
 * @returns the folder
 * @throws {AppError} the first of the preflight's refusals; RUN_IN_USE when the folder is not empty; DISK_FULL
 */
export async function makeRun(
  { preflight, manifest, setup, splits, index }: Preparation,
  out: string | undefined,
  runs: Runs,
): Promise<string> {
  const [refusal] = preflight.refusals
  if (refusal) throw new AppError(refusal)
  const dir = out === undefined ? runs.folderOf(manifest.id) : resolve(out)
  if ((await readdir(dir).catch(() => [])).length > 0) {
    throw appError('RUN_IN_USE', `The folder ${dir} is not empty.`, 'Choose a new folder for the run.')
  }
  await mkdir(dir, { recursive: true })
  try {
    await createRun(dir, manifest)
    await copyIndex(index, indexPath(dir))
    await writeSetup(dir, setup, splits)
    if (out !== undefined) await runs.remember(manifest.id, dir)
    return dir
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}
