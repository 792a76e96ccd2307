import { Download } from 'lucide-react'
import {
  capabilityRows,
  type FigureRow,
  type Run,
  type RunReport,
  resultOf,
  statisticRows,
  type TestedQuestion,
} from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { duration, plural } from '../../components/format.ts'
import { Meaning } from '../../components/meaning.tsx'
import { Notice, toastError } from '../../components/notice.tsx'
import { save } from '../../components/save.ts'
import { Part } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { phaseTitles } from './run-words.ts'

/** What came of a run: before and after, the answers that flipped, what the guard did, how long each phase took. */
export function Report({ run, report }: { run: Run; report: RunReport }) {
  const { arcap, test, testBefore, tested } = report
  const { gained, lost } = resultOf(report)
  return (
    <Part
      title="Report"
      actions={
        <>
          <ExportButton id={run.id} format="html" />
          <ExportButton id={run.id} format="json" />
        </>
      }
    >
      <div className="space-y-4">
        {report.notes.length > 0 && (
          <Notice tone={report.outcome === 'collapsed' ? 'warn' : 'info'}>
            <ul className="space-y-0.5">
              {report.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </Notice>
        )}
        {test && (
          <Figures
            caption="Answers to test questions"
            rows={statisticRows}
            columns={[
              { label: 'Before', figures: testBefore },
              { label: 'After', figures: test },
            ]}
            note={`${plural(test.episodes, 'question')} that nothing was learned from`}
          />
        )}
        {!test && (
          <Figures
            caption="Answers to validation questions"
            rows={statisticRows}
            columns={[
              { label: 'Before', figures: report.before },
              { label: 'Best', figures: report.best.validation },
              { label: 'Teacher', figures: report.teacher },
            ]}
            note="The best weights were chosen by these questions"
          />
        )}
        {tested.length > 0 && (
          <div className="grid gap-4 @min-[46rem]:grid-cols-2">
            <Flips title="Wrong before, right now" questions={gained} />
            <Flips title="Right before, wrong now" questions={lost} />
          </div>
        )}
        {arcap && (
          <Figures
            caption="What it can do (ARCap)"
            rows={capabilityRows}
            columns={[
              { label: 'Before', figures: arcap.before },
              { label: 'After', figures: arcap.after },
            ]}
            note={`On ${plural(arcap.after.questions, 'test question')} for which a passage with the answer is known`}
          />
        )}
        <Guard report={report} />
        <p className="text-[0.8125rem] text-ink-2">
          {[
            ...report.phases.map(
              ({ phase, steps, seconds }) =>
                `${phaseTitles[phase]}: ${plural(steps, 'step')} in ${duration(seconds * 1000)}`,
            ),
            report.teacherEpisodes &&
              `the teacher answered ${report.teacherEpisodes.correct} of ${report.teacherEpisodes.played} training questions`,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
        <p className="text-xs text-ink-3 wrap-anywhere">
          What was learned lies in {run.dir}: {report.weights.best}
        </p>
      </div>
    </Part>
  )
}

function ExportButton({ id, format }: { id: string; format: 'html' | 'json' }) {
  const write = async () => {
    try {
      const { name, text } = await client.runs.export({ id, format })
      save(name, format === 'html' ? 'text/html' : 'application/json', text)
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <Button size="sm" onClick={() => void write()}>
      <Download /> {format === 'html' ? 'As a page (HTML)' : 'As data (JSON)'}
    </Button>
  )
}

/** Figures side by side, each with its meaning. */
function Figures<T>({
  caption,
  note,
  rows,
  columns,
}: {
  caption: string
  note: string
  rows: readonly FigureRow<T>[]
  columns: readonly { label: string; figures: T | null }[]
}) {
  const known = columns.flatMap(({ label, figures }) => (figures === null ? [] : [{ label, figures }]))
  if (known.length === 0) return null
  return (
    <div className="overflow-x-auto rounded-2xl border border-line bg-surface shadow-card">
      <table className="w-full text-right text-[0.8125rem] tabular-nums">
        <caption className="px-4 pb-1 pt-3 text-left font-semibold">
          {caption}
          <span className="block text-xs font-normal text-ink-3">{note}</span>
        </caption>
        <thead className="text-ink-2">
          <tr>
            <th scope="col" className="px-4 py-1.5 text-left font-medium">
              Figure
            </th>
            {known.map(({ label }) => (
              <th key={label} scope="col" className="w-28 px-4 py-1.5 font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, hint, of }) => (
            <tr key={label} className="border-t border-line">
              <th scope="row" className="px-4 py-1.5 text-left font-normal text-ink-2">
                <Meaning meaning={hint}>{label}</Meaning>
              </th>
              {known.map((column) => (
                <td key={column.label} className="px-4 py-1.5">
                  {of(column.figures)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Test questions whose answers turned. */
function Flips({ title, questions }: { title: string; questions: readonly TestedQuestion[] }) {
  return (
    <section
      aria-label={title}
      className="min-w-0 rounded-2xl border border-line bg-surface px-4 py-3 text-[0.8125rem] shadow-card"
    >
      <h3 className="font-semibold">
        {title}: {questions.length}
      </h3>
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={`${title}: questions`}
        className="mt-1 max-h-72 divide-y divide-line overflow-y-auto"
      >
        {questions.map(({ questionId, question, answers, before, after }) => (
          <li key={questionId} className="py-2 wrap-anywhere">
            <p className="font-medium">{question}</p>
            <p className="text-ink-2">
              {before.answer ?? 'no answer'} → {after.answer ?? 'no answer'}
            </p>
            <p className="text-xs text-ink-3">expected: {answers.join(' or ')}</p>
          </li>
        ))}
        {questions.length === 0 && <li className="py-1 text-ink-3">None.</li>}
      </ul>
    </section>
  )
}

function Guard({ report: { guard } }: { report: RunReport }) {
  return (
    <section aria-label="What the guard did" className="text-[0.8125rem]">
      <h3 className="font-semibold">
        <Meaning meaning="It watches for a collapse while the student practices: it goes back to the best weights, or ends the training.">
          What the guard did
        </Meaning>
      </h3>
      {guard.length === 0 && <p className="text-ink-2">Nothing: there was no sign of a collapse.</p>}
      <ul className="list-disc pl-5 text-ink-2">
        {guard.map(({ step, action, reasons, backTo }) => (
          <li key={`${step} ${action}`}>
            Step {step}: {reasons.join(' ')}{' '}
            {action === 'stop' ? 'The training stopped.' : `It went back to step ${backTo}.`}
          </li>
        ))}
      </ul>
    </section>
  )
}
