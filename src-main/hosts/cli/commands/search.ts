import { basename, resolve } from 'node:path'
import {
  appError,
  type Explanation,
  type LibraryFile,
  type PassageHit,
  type SearchFilter,
} from '../../../contract/index.ts'
import { type Command, integer, phrase, text, UsageError, type Values } from '../command.ts'
import type { Client } from '../session.ts'
import { count, oneLine, printable, type Terminal } from '../terminal.ts'

/** Characters of a passage that are shown. */
const excerptLength = 240

export const search: Command = {
  summary: 'Search a library the way the model does',
  usage: '"query" [-k N] [--library NAME] [--why FILE]',
  options: {
    library: { type: 'string' },
    k: { type: 'string', short: 'k' },
    why: { type: 'string' },
    folder: { type: 'string' },
    type: { type: 'string' },
    after: { type: 'string' },
    before: { type: 'string' },
    title: { type: 'string' },
  },
  help: `  -k N             How many passages (10)
  --library NAME   The library to search. Without it: the one you use
  --why FILE       Instead of the passages: why this file is among them or not
Search only documents
  --folder PATH    in this folder
  --type LIST      of these kinds, such as pdf,docx
  --after DATE     changed on this day or later, such as 2026-03-31
  --before DATE    changed before this day
  --title WORDS    with this in their title or name`,
  async run(invocation) {
    const { values, terminal } = invocation
    const query = phrase(invocation.positionals, 'The query')
    const limit = integer(values, 'k', 1, 100) ?? 10
    const filter = filterOf(values)
    const why = text(values, 'why')
    const { withService, findLibrary, whenIndexed } = await import('../session.ts')
    return withService(invocation, async (client) => {
      const library = await findLibrary(client, { name: text(values, 'library'), sample: false })
      await whenIndexed(client, library, invocation)
      if (why !== null) {
        const file = await findFile(client, library.id, why)
        const explanation = await client.libraries.explain({ id: library.id, query, limit, filter, fileId: file.id })
        printExplanation(explanation, file, terminal)
        terminal.result({ query, library: { id: library.id, name: library.name }, file: file.path, ...explanation })
        return 0
      }
      const { hits, ms } = await client.libraries.search({ id: library.id, query, limit, filter })
      for (const hit of hits) {
        terminal.print(`${terminal.bold(`${hit.rank}. ${place(hit)}`)}  ${hit.score.toFixed(3)}`)
        terminal.print(`   ${excerpt(hit, terminal)}`)
      }
      terminal.print(`${count(hits.length, 'passage')} in "${printable(library.name)}", ${ms.toFixed(0)} ms`)
      terminal.result({ query, library: { id: library.id, name: library.name }, hits, ms })
      return 0
    })
  },
}

/** Midnight, here, at the beginning of a day. */
function day(values: Values, name: string): number | undefined {
  const value = text(values, name)
  if (value === null) return undefined
  const time = /^\d{4}-\d\d-\d\d$/.test(value) ? new Date(`${value}T00:00`).getTime() : Number.NaN
  if (Number.isNaN(time)) throw new UsageError(`--${name} takes a day such as 2026-03-31, not "${value}".`)
  return time
}

function filterOf(values: Values): SearchFilter {
  const types = text(values, 'type')
    ?.split(',')
    .map((type) => type.trim())
    .filter(Boolean)
  return {
    folder: text(values, 'folder') ?? undefined,
    types: types && types.length > 0 ? types : undefined,
    after: day(values, 'after'),
    before: day(values, 'before'),
    title: text(values, 'title') ?? undefined,
  }
}

/** The file of a library that is meant: by its path, else the only one whose path contains the words. */
async function findFile(client: Client, libraryId: string, wanted: string): Promise<LibraryFile> {
  const { files } = await client.libraries.files({ id: libraryId, filter: basename(wanted) })
  const meant = resolve(wanted)
  const exact = files.find(({ path, relativePath }) => path === meant || relativePath === wanted)
  const found = exact ? [exact] : files.filter(({ path }) => path.includes(wanted))
  const [file] = found
  if (!file) throw appError('NOT_FOUND', `The library has no file "${wanted}".`, 'Check the name, or add its folder.')
  if (found.length > 1) {
    const names = found.slice(0, 5).map(({ relativePath }) => relativePath)
    throw appError('INVALID_INPUT', `"${wanted}" fits ${found.length} files.`, `Name one: ${names.join(', ')}.`)
  }
  return file
}

const figure = (score: number): string => String(Number(score.toPrecision(4)))

function printExplanation(why: Explanation, { relativePath }: LibraryFile, terminal: Terminal): void {
  terminal.print(`${terminal.bold(oneLine(relativePath))}: ${oneLine(why.reason)}`)
  for (const { word, title, headings, text: inText } of why.words) {
    const where = Object.entries({ title, headings, text: inText }).filter(([, passages]) => passages > 0)
    const places = where.map(([field, passages]) => `${field} ${passages}`).join(', ') || 'nowhere'
    terminal.print(`  ${printable(word)}: ${places}`)
  }
  const { fullText, vector, fused, reranker } = why
  for (const [name, stage] of Object.entries({ 'full text': fullText, vector, fused, reranker })) {
    if (!stage) continue
    const needed = stage.needed === null ? '' : `; to go on takes ${figure(stage.needed)}`
    terminal.print(`  ${name}: rank ${stage.rank ?? 'beyond 10,000'}, score ${figure(stage.score)}${needed}`)
  }
  if (why.named > 0)
    terminal.print(`  of the words' score for being named by a passage that fits well: ${figure(why.named)}`)
  if (why.repeats) {
    const { share, title } = why.repeats
    terminal.print(`  moved back: ${Math.round(100 * share)} % of it is in "${oneLine(title)}", which fits better`)
  }
  if (why.suggestions.length > 0) terminal.print(`  Words that it has: ${why.suggestions.map(printable).join(', ')}`)
}

/** `Title › Heading · report.pdf · p. 4` */
export function place(hit: Pick<PassageHit, 'title' | 'headings' | 'path' | 'page'>): string {
  const headings = hit.headings.filter((heading) => heading !== hit.title)
  const where = [[hit.title, ...headings].join(' › ')]
  if (hit.path !== hit.title) where.push(hit.path)
  if (hit.page !== null) where.push(`p. ${hit.page}`)
  return oneLine(where.join(' · '))
}

/** The passage around its first match, on one line, with the matched words marked. */
function excerpt({ text, matches }: PassageHit, terminal: Terminal): string {
  const from = Math.max(0, Math.min((matches[0]?.start ?? 0) - 60, text.length - excerptLength))
  const to = Math.min(text.length, from + excerptLength)
  let result = from > 0 ? '…' : ''
  let at = from
  for (const { start, end } of matches) {
    if (start < at || end > to) continue
    result += oneLine(text.slice(at, start)) + terminal.bold(oneLine(text.slice(start, end)))
    at = end
  }
  return `${result}${oneLine(text.slice(at, to))}${to < text.length ? '…' : ''}`
}
