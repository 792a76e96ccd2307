import type { PassageHit } from '../../../contract/index.ts'
import { type Command, integer, phrase, text } from '../command.ts'
import { count, oneLine, printable, type Terminal } from '../terminal.ts'

/** Characters of a passage that are shown. */
const excerptLength = 240

export const search: Command = {
  summary: 'Search a library the way the model does',
  usage: '"query" [-k N] [--library NAME]',
  options: { library: { type: 'string' }, k: { type: 'string', short: 'k' } },
  help: `  -k N             How many passages (10)
  --library NAME   The library to search. Without it: the one you use`,
  async run(invocation) {
    const { values, terminal } = invocation
    const query = phrase(invocation.positionals, 'The query')
    const limit = integer(values, 'k', 1, 100) ?? 10
    const { withService, findLibrary, whenIndexed } = await import('../session.ts')
    return withService(invocation, async (client) => {
      const library = await findLibrary(client, { name: text(values, 'library'), sample: false })
      await whenIndexed(client, library, invocation)
      const { hits, ms } = await client.libraries.search({ id: library.id, query, limit })
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
