import { ORPCError } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { createRouterClient } from '@orpc/server'
import {
  appError,
  type contract,
  type ErrorValue,
  errorValueSchema,
  hostsOf,
  isFinal,
  type Job,
  type JobPayload,
  type Library,
  leaving,
  leftWords,
  toErrorValue,
} from '../../contract/index.ts'
import { defaultDataDir, startService } from '../../service/index.ts'
import { appVersion, resourcesDir } from '../index.ts'
import type { Invocation } from './command.ts'
import { count, oneLine } from './terminal.ts'

/** The contract's calls, in process. */
export type Client = ContractRouterClient<typeof contract>

/** What a command ends with that Ctrl+C kept from finishing. */
export const interrupted: ErrorValue = {
  code: 'SERVICE_STOPPED',
  message: 'Stopped before it was done.',
  action: 'Run the command again.',
}

/** Starts the service in this process for as long as `work` takes. */
export async function withService<T>(invocation: Invocation, work: (client: Client) => Promise<T>): Promise<T> {
  const service = await startService({
    dataDir: invocation.dataDir ?? defaultDataDir(),
    resourcesDir,
    version: appVersion(),
  })
  try {
    return await work(createRouterClient(service.router))
  } finally {
    await service.close()
  }
}

/**
 * Says which texts leave this computer when these models are used; nothing when none does.
 *
 * @param models paths, references or ids; null: the one in use
 * @param words for the servers that get to read along
 */
export async function tellWhatLeaves(
  client: Client,
  { terminal }: Invocation,
  models: readonly (string | null)[],
  words: (hosts: readonly string[]) => string = leaving,
): Promise<void> {
  const [all, { modelId }] = await Promise.all([client.models.list(), client.system.settings()])
  const hosts = hostsOf(
    models.map((wanted) => all.find(({ id, path }) => [id, path].includes(wanted ?? modelId ?? ''))),
  )
  if (hosts.length > 0) terminal.note(words(hosts))
}

/** Whatever was thrown, as people and programs are to see it; errors of calls carry theirs as data. */
export function errorOf(thrown: unknown): ErrorValue {
  if (thrown instanceof ORPCError) {
    const value = errorValueSchema.safeParse(thrown.data)
    if (value.success) return value.data
  }
  return toErrorValue(thrown)
}

/**
 * The library that a command is about: the one named, else the settings' choice, else the first of the person's own,
 * else the sample.
 *
 * @throws {AppError} NOT_FOUND
 */
export async function findLibrary(client: Client, wanted: { name: string | null; sample: boolean }): Promise<Library> {
  const libraries = await client.libraries.list()
  const sample = libraries.find((library) => library.sample)
  if (wanted.sample && sample) return sample
  if (wanted.name !== null) {
    const named = byName(libraries, wanted.name)
    if (named) return named
    const names = libraries.map(({ name }) => `"${name}"`).join(', ')
    throw appError('NOT_FOUND', `There is no library "${wanted.name}".`, `Choose one of these: ${names}.`)
  }
  const { libraryId } = await client.system.settings()
  const library = libraries.find(({ id }) => id === libraryId) ?? libraries.find((l) => !l.sample) ?? sample
  if (library) return library
  throw appError('EMPTY_LIBRARY', 'There is no library yet.', 'Add documents with `lagotto add <path>`.')
}

/** The library with that name or id; case does not matter. */
export function byName(libraries: readonly Library[], name: string): Library | undefined {
  const wanted = name.trim().toLowerCase()
  return libraries.find((library) => library.id === name || library.name.toLowerCase() === wanted)
}

/** Waits for the ingestion that the library is in, so that what is asked next sees all of it. */
export async function whenIndexed(client: Client, library: Library, { terminal, signal }: Invocation): Promise<void> {
  if (library.jobId === null) return
  await follow(client, library.jobId, signal, (event) => {
    if (event.type === 'progress') terminal.status(progressLine(event.progress))
  })
}

/**
 * Follows a job to its end. Ctrl+C stops the job; what it did stays.
 *
 * @returns the job as it ended
 */
export async function follow(
  client: Client,
  id: string,
  signal: AbortSignal,
  onEvent: (event: JobPayload) => void,
): Promise<Job> {
  const stop = () => void client.jobs.stop({ id }).catch(() => undefined)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    for await (const { event } of await client.jobs.events({ id })) {
      onEvent(event)
      if (event.type === 'state' && isFinal(event.state)) break
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return client.jobs.get({ id })
}

/** `Reading report.pdf · 3 of 12 files · 4.2/s · about 2 s left` */
export function progressLine(progress: NonNullable<Job['progress']>): string {
  const parts = [
    oneLine(progress.what),
    `${progress.done.toLocaleString('en-US')} of ${count(progress.total, progress.unit, progress.unit)}`,
  ]
  if (progress.rate !== null) parts.push(`${progress.rate.toFixed(1)}/s`)
  return [...parts, leftWords(progress)].filter(Boolean).join(' · ')
}
