import type { Evidence, Exchange, Thread, TraceTurn, Verdict } from '../contract/index.ts'

const VERDICTS: Record<Verdict, string> = {
  supported: 'Supported by your documents',
  'partly-supported': 'Partly supported by your documents',
  'not-found': 'Not found in your documents',
}

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
    if (part === 'thinking') lines.push(quoted(text))
    if (part === 'outside') lines.push(`> (outside its format) ${text.replace(/\n/g, ' ')}`)
  }
  if (search) {
    lines.push(`Searched for “${search.query}”:`)
    lines.push(
      (search.hits ?? [])
        .map(({ title, path, page }, i) => `${i + 1}. ${title} (${path}${page === null ? '' : `, p. ${page}`})`)
        .join('\n') || 'Nothing was found.',
    )
  }
  if (invalid) lines.push('*(This turn held neither a search nor an answer.)*')
  return lines
}

/** A thread as Markdown: each question with its answer, verdict, sources and the way there. */
export function threadMarkdown(thread: Thread, exchanges: readonly Exchange[]): string {
  const blocks = [`# ${thread.title}`]
  for (const { trace, question } of exchanges) {
    blocks.push(`## ${question}`)
    if (trace.answer !== null) blocks.push(`**${trace.answer}**`)
    else blocks.push(trace.error ? `*${trace.error.message}*` : '*No answer.*')
    if (trace.evidence) blocks.push(...evidenceLines(trace.evidence))
    const turns = trace.turns.flatMap(turnLines)
    if (turns.length > 0) blocks.push('### How it was found', ...turns)
    if (trace.model && trace.library) {
      const seconds = ((trace.ms ?? 0) / 1000).toFixed(1)
      blocks.push(`*${trace.model.name}, “${trace.library.name}”, ${trace.usage?.generated ?? 0} tokens, ${seconds} s*`)
    }
  }
  return `${blocks.join('\n\n')}\n`
}
