import { resolve, sep } from 'node:path'
import {
  type ErrorValue,
  type JobPayload,
  type Library,
  type LibraryFile,
  type LibraryRules,
  largestFileBytes,
} from '../../../contract/index.ts'
import { type Command, type Invocation, integer, text, texts, UsageError, type Values } from '../command.ts'
import type { Client } from '../session.ts'
import { count, oneLine } from '../terminal.ts'

export const add: Command = {
  summary: 'Add folders and files to a library and index them',
  usage: '<path…> [--library NAME] [--dry-run]',
  options: {
    library: { type: 'string' },
    'dry-run': { type: 'boolean' },
    include: { type: 'string', multiple: true },
    exclude: { type: 'string', multiple: true },
    'max-size': { type: 'string' },
  },
  help: `  --library NAME   The library to add to; it is made when it does not exist.
                   Without it: the one you use, or "My documents"
  --dry-run        Only tell what is there, what would be skipped and why, and how long it would take
  --include GLOB   Only files that match, such as "*.pdf" or "reports/"; may be given several times
  --exclude GLOB   Leave out what matches, as a line of .gitignore would; may be given several times
  --max-size MB    Skip larger files (100, which is the most)
                   These three are kept as the rules of the library.`,
  async run(invocation) {
    // An empty path would mean the current folder: nobody who writes "$UNSET" wants that.
    if (invocation.positionals.length === 0 || invocation.positionals.includes(''))
      throw new UsageError('A path is missing: name at least one folder or file.')
    const { withService } = await import('../session.ts')
    const rules = rulesOf(invocation.values)
    if (invocation.values['dry-run']) {
      const { dryRun } = await import('../survey.ts')
      return withService(invocation, (client) => dryRun(client, invocation, rules))
    }
    return withService(invocation, (client) => addPaths(client, invocation, rules))
  },
}

/** The rules that the options ask for. */
function rulesOf(values: Values): Partial<LibraryRules> {
  const include = texts(values, 'include')
  const exclude = texts(values, 'exclude')
  const megabytes = integer(values, 'max-size', 1, largestFileBytes / 1_000_000)
  return {
    ...(include.length > 0 ? { include } : {}),
    ...(exclude.length > 0 ? { exclude } : {}),
    ...(megabytes === null ? {} : { maxFileBytes: megabytes * 1_000_000 }),
  }
}

async function addPaths(client: Client, invocation: Invocation, rules: Partial<LibraryRules>): Promise<number> {
  const { follow, progressLine } = await import('../session.ts')
  const { terminal, signal } = invocation
  const paths = invocation.positionals.map((path) => resolve(path))
  const { library: target, made } = await targetLibrary(client, text(invocation.values, 'library'))
  const files = new Map<string, LibraryFile>()
  const show = (event: JobPayload): void => {
    if (event.type === 'progress') terminal.status(progressLine(event.progress))
    if (event.type === 'file') files.set(event.file.id, event.file)
  }
  const start = performance.now()
  const { jobId } = await client.libraries.addSources({ id: target.id, paths, rules }).catch(async (error) => {
    if (made) await client.libraries.delete({ id: target.id })
    throw error
  })
  // What an earlier run left unfinished is gone on with first: it counts as well.
  if (target.jobId !== null && target.jobId !== jobId) await follow(client, target.jobId, signal, show)
  const job = await follow(client, jobId, signal, show)
  const inState = (state: LibraryFile['state']) => [...files.values()].filter((file) => file.state === state)
  const indexed = inState('indexed')
  const skipped = inState('skipped').map(reason)
  const failed = inState('failed').map(reason)
  for (const { path, error } of skipped) terminal.note(`skipped  ${oneLine(path)}: ${oneLine(error.message)}`)
  for (const { path, error } of failed)
    terminal.note(`failed   ${oneLine(path)}: ${oneLine(error.message)} ${oneLine(error.action)}`)

  const library = (await client.libraries.list()).find(({ id }) => id === target.id) ?? target
  terminal.print(
    `"${oneLine(library.name)}": ${count(indexed.length, 'file')} indexed, ${skipped.length} skipped, ${failed.length} failed; ` +
      `${count(library.files.indexed ?? 0, 'file')} and ${count(library.passages, 'passage')} in all.`,
  )
  // The paths of this command were there a moment ago: another folder of the library is gone, which keeps none of them out.
  const elsewhere = job.error?.code === 'PATH_MISSING' || job.error?.code === 'PATH_UNREADABLE' ? job.error : null
  if (elsewhere) terminal.note(oneLine(`${elsewhere.message} ${elsewhere.action}`))
  if (job.error && !elsewhere) terminal.fail(job.error)
  else {
    terminal.result({
      library: { id: library.id, name: library.name },
      state: job.state,
      indexed: indexed.length,
      skipped,
      failed,
      files: library.files,
      passages: library.passages,
      ...(elsewhere ? { elsewhere } : {}),
      jobId,
      ms: Math.round(performance.now() - start),
    })
  }
  const useful = indexed.length > 0 || (await isIndexed(client, library, paths))
  const done = job.state === 'succeeded' || elsewhere !== null
  if (!useful && done) terminal.note('Nothing could be indexed there.')
  return done && useful ? 0 : 1
}

/** The library to add to: the named one, made when it is new; else the one in use; else one of the person's own. */
async function targetLibrary(client: Client, name: string | null): Promise<{ library: Library; made: boolean }> {
  const { byName } = await import('../session.ts')
  const libraries = await client.libraries.list()
  const own = libraries.filter((library) => !library.sample)
  const { libraryId } = await client.system.settings()
  const library = name === null ? (own.find(({ id }) => id === libraryId) ?? own[0]) : byName(libraries, name)
  if (library) return { library, made: false }
  return { library: await client.libraries.create({ name: name ?? 'My documents' }), made: true }
}

/** Whether the library holds something from one of the paths: adding them again is then not a failure. */
async function isIndexed(client: Client, library: Library, paths: readonly string[]): Promise<boolean> {
  const limit = 1000
  for (let offset = 0; ; offset += limit) {
    const page = await client.libraries.files({ id: library.id, state: 'indexed', offset, limit })
    if (page.files.some((file) => paths.some((path) => file.path === path || file.path.startsWith(path + sep))))
      return true
    if (offset + limit >= page.total) return false
  }
}

function reason(file: LibraryFile): { path: string; error: ErrorValue } {
  return {
    path: file.path,
    error: file.error ?? { code: 'INTERNAL', message: 'No reason is known.', action: 'Add it again.' },
  }
}
