import type { EpisodeStatistics, Run, RunReport } from '../../../src-main/contract/index.ts'
import { duration } from '../../components/format.ts'
import { Notice } from '../../components/notice.tsx'
import { Part } from '../../components/screen.tsx'
import { percent } from './run-words.ts'

const rows: readonly { label: string; of: (statistics: EpisodeStatistics) => string }[] = [
  { label: 'Exactly right', of: ({ em }) => percent(em) },
  { label: 'Word overlap with the right answer (F1)', of: ({ f1 }) => percent(f1) },
  { label: 'Right answer somewhere in the text', of: ({ coverEm }) => percent(coverEm) },
  { label: 'Answer was found by its searches', of: ({ hitRatio }) => percent(hitRatio) },
  { label: 'Searches per question', of: ({ searches }) => searches.toFixed(2) },
  { label: 'Valid actions', of: ({ validActionRate }) => percent(validActionRate) },
  { label: 'Questions answered at all', of: ({ answerRate }) => percent(answerRate) },
  { label: 'Repeated queries', of: ({ repeatedQueryRate }) => percent(repeatedQueryRate) },
  { label: 'Tokens per question', of: ({ tokens }) => tokens.toFixed(0) },
]

/** What came of a run: before and after, what the guard did, how long each phase took. */
export function Report({ run, report }: { run: Run; report: RunReport }) {
  const columns = [
    { label: 'Before (validation)', statistics: report.before },
    { label: 'Best (validation)', statistics: report.best.validation },
    { label: 'After (test)', statistics: report.test },
  ].flatMap(({ label, statistics }) => (statistics ? [{ label, statistics }] : []))
  const notes = [...report.guard.flatMap(({ reasons }) => reasons), ...report.notes]
  return (
    <Part title="What came of it">
      <div className="space-y-4">
        {notes.length > 0 && (
          <Notice tone={report.outcome === 'collapsed' ? 'warn' : 'info'}>
            <ul className="space-y-0.5">
              {[...new Set(notes)].map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </Notice>
        )}
        {columns.length > 0 && (
          <div className="overflow-x-auto rounded-2xl border border-line bg-surface shadow-card">
            <table className="w-full text-right text-[0.8125rem] tabular-nums">
              <caption className="sr-only">Figures before and after the training</caption>
              <thead className="text-ink-2">
                <tr>
                  <th scope="col" className="px-4 py-2 text-left font-medium">
                    Figure
                  </th>
                  {columns.map(({ label, statistics }) => (
                    <th key={label} scope="col" className="px-4 py-2 font-medium">
                      {label}
                      <span className="block text-xs font-normal text-ink-3">{statistics.episodes} questions</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.label} className="border-t border-line">
                    <th scope="row" className="px-4 py-1.5 text-left font-normal text-ink-2">
                      {row.label}
                    </th>
                    {columns.map(({ label, statistics }) => (
                      <td key={label} className="px-4 py-1.5">
                        {row.of(statistics)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <p className="text-[0.8125rem] text-ink-2">
          {report.phases
            .map(({ phase, steps, seconds }) => `${phase}: ${steps} steps in ${duration(seconds * 1000)}`)
            .join(' · ')}
          {report.teacherEpisodes &&
            ` · the teacher answered ${report.teacherEpisodes.correct} of ${report.teacherEpisodes.played} training questions`}
        </p>
        <p className="text-xs text-ink-3 wrap-anywhere">
          What was learned lies in {run.dir}: {report.weights.best}
        </p>
      </div>
    </Part>
  )
}
