import {
  actingCharacters,
  type Evidence,
  type Exchange,
  type Thread,
  type TraceTurn,
  type Verdict,
} from '../contract/index.ts'

const VERDICTS: Record<Verdict, string> = {
  supported: 'Supported by your documents',
  'partly-supported': 'Partly supported by your documents',
  'not-found': 'Not found in your documents',
}

/** Text that others wrote, as text: nothing in it becomes markup, a link, a picture or HTML. */
function plain(text: string): string {
  return text
    .replace(actingCharacters, '')
    .replace(/[\\`*_[\]<>&~|]/g, '\\$&')
    .replace(/^[ \t]+/gm, '')
    .replace(/^(?=[#+=-])/gm, '\\')
    .replace(/^(\d+)(?=[.)])/gm, '$1\\')
}

/** {@link plain} text without line breaks. */
const inline = (text: string): string => plain(text.trim().replace(/\s+/g, ' '))

const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')

function evidenceLines(evidence: Evidence): string[] {
  return [`*${VERDICTS[evidence.verdict]}.*${evidence.note ? ` ${evidence.note}` : ''}`]
}

function turnLines({ texts, search, invalid }: TraceTurn): string[] {
  const lines: string[] = []
  for (const { part, text } of texts) {
    if (part === 'thinking') lines.push(quoted(plain(text)))
    if (part === 'outside') lines.push(`> (outside its format) ${inline(text)}`)
  }
  if (search) {
    lines.push(`Searched for “${inline(search.query)}”:`)
    lines.push(
      (search.hits ?? [])
        .map(
          ({ title, path, page }, i) =>
            `${i + 1}. ${inline(title)} (${inline(path)}${page === null ? '' : `, p. ${page}`})`,
        )
        .join('\n') || 'Nothing was found.',
    )
  }
  if (invalid) lines.push('*(This turn held neither a search nor an answer.)*')
  return lines
}

/** A thread as Markdown: each question with its answer, verdict, sources and the way there. */
export function threadMarkdown(thread: Thread, exchanges: readonly Exchange[]): string {
  const blocks = [`# ${inline(thread.title)}`]
  for (const { trace, question } of exchanges) {
    blocks.push(`## ${inline(question)}`)
    const answer = inline(trace.answer ?? '')
    if (answer !== '') blocks.push(`**${answer}**`)
    else blocks.push(trace.error ? `*${inline(trace.error.message)}*` : '*No answer.*')
    if (trace.evidence) blocks.push(...evidenceLines(trace.evidence))
    const turns = trace.turns.flatMap(turnLines)
    if (turns.length > 0) blocks.push('### How it was found', ...turns)
    if (trace.model && trace.library) {
      const seconds = ((trace.ms ?? 0) / 1000).toFixed(1)
      const taught = trace.taught ? ` taught in “${inline(trace.taught.name)}”` : ''
      blocks.push(
        `*${inline(trace.model.name)}${taught}, “${inline(trace.library.name)}”, ${trace.usage?.generated ?? 0} tokens, ${seconds} s*`,
      )
    }
  }
  return `${blocks.join('\n\n')}\n`
}
