import type { QuestionImport } from '../../src-main/contract/index.ts'
import { count, plural } from './format.ts'
import { Notice } from './notice.tsx'

/** Kinds of files that questions can be imported from. */
export const questionFiles = ['.jsonl', '.json', '.csv', '.tsv', '.parquet']

/** What came of a file of questions: how many there are, and what was left out, where and why. */
export function ImportReport({ report: { set, imported, problems, left } }: { report: QuestionImport }) {
  const out = Object.values(left).reduce((sum, one) => sum + one, 0)
  return (
    <Notice tone={out > 0 ? 'warn' : 'info'} className="w-full">
      <p>
        {plural(imported, 'question')} came into “{set.name}”
        {out > 0 ? `; ${plural(out, 'line')} could not be used:` : '.'}
      </p>
      {out > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <ul tabIndex={0} className="mt-1 max-h-40 overflow-y-auto text-[0.8125rem] text-ink-2">
          {problems.map(({ kind, where, what }) => (
            <li key={where + what}>
              {where}: {reasons[kind]}
              {what}
            </li>
          ))}
          {out > problems.length && <li>and {count(out - problems.length)} more</li>}
        </ul>
      )}
    </Notice>
  )
}

const reasons: Record<QuestionImport['problems'][number]['kind'], string> = {
  broken: '',
  'no-answer': 'no usable answer to ',
  duplicate: 'asked twice: ',
}
