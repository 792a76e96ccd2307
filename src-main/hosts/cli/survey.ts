import { resolve } from 'node:path'
import { type LibraryRules, type Survey, takesWords } from '../../contract/index.ts'
import { type Invocation, text } from './command.ts'
import { byName, type Client } from './session.ts'
import { count, oneLine } from './terminal.ts'

/** `lagotto add --dry-run`: tells what adding the paths would bring, and changes nothing. */
export async function dryRun(client: Client, invocation: Invocation, rules: Partial<LibraryRules>): Promise<number> {
  const { terminal, positionals, values, signal } = invocation
  const name = text(values, 'library')
  const library = name === null ? undefined : byName(await client.libraries.list(), name)
  const surveys = await client.libraries.survey(
    { paths: positionals.map((path) => resolve(path)), rules, ...(library ? { id: library.id } : {}) },
    { signal },
  )
  let last: Survey | null = null
  for await (const survey of surveys) {
    last = survey
    if (!survey.done) terminal.status(`${count(survey.found.files, 'file')} so far`)
  }
  signal.throwIfAborted()
  if (!last) return 1
  for (const line of described(last)) terminal.print(line)
  terminal.result(last)
  return last.readable.files > 0 ? 0 : 1
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

function described({ found, readable, types, scans, skipped, leftOut, estimate }: Survey): string[] {
  const lines = [
    `${count(found.files, 'file')} (${megabytes(found.bytes)}): ${count(readable.files, 'file')} readable (${megabytes(readable.bytes)})`,
  ]
  const readableTypes = types.filter((type) => type.readable)
  const names = readableTypes.map(({ extension, files }) => `${files} ${extension || 'without extension'}`)
  if (names.length > 0) lines.push(`readable   ${oneLine(names.join(', '))}`)
  if (scans.pages > 0) {
    const sampled = scans.checked < scans.of ? ` (${scans.checked} of ${scans.of} PDF files looked into)` : ''
    const pages = `${count(scans.pages, 'page')} without text in all`
    lines.push(`scans      ${count(scans.files, 'PDF file')} without text, ${pages}${sampled}`)
  }
  for (const { message, files, examples } of skipped)
    lines.push(`skipped    ${files} ${oneLine(message)} (${oneLine(examples.join(', '))})`)
  const left = Object.entries({
    hidden: leftOut.hidden,
    'of programs': leftOut.system,
    'named by ignore files': leftOut.ignored,
    'named by the rules': leftOut.excluded,
  }).flatMap(([what, n]) => (n > 0 ? [`${n} ${what}`] : []))
  if (left.length > 0) lines.push(`left out   ${left.join(', ')}`)
  if (estimate !== null && readable.files > 0) lines.push(`takes      ${takesWords(estimate)}`)
  return lines
}
