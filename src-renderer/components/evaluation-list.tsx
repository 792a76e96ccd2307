import { Link } from 'wouter'
import { type Evaluation, isFinal } from '../../src-main/contract/index.ts'
import { dateTime, plural } from './format.ts'
import { jobStateNames } from './job-words.ts'
import { ProgressBar } from './progress.tsx'

/** Evaluations to open. */
export const EvaluationList = ({ evaluations }: { evaluations: readonly Evaluation[] }) =>
  evaluations.length === 0 ? null : (
    <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
      {evaluations.map((evaluation) => {
        const { id, name, sets, methods, blind, revealed, state, progress, createdAt } = evaluation
        const hidden = blind && !revealed
        const title = hidden
          ? `${plural(methods.length, 'contestant')} on ${sets.map((set) => set.name).join(', ')}`
          : name
        const questions = sets.reduce((sum, set) => sum + set.questions, 0)
        return (
          <li key={id}>
            <Link href={`/evaluate/${id}`} className="block px-5 py-3 hover:bg-hover/60">
              <span className="block truncate font-medium">{title}</span>
              <span className="block text-[0.8125rem] text-ink-3">
                {[
                  plural(questions, 'question'),
                  plural(methods.length, 'method'),
                  hidden && 'blind',
                  state !== 'succeeded' && jobStateNames[state].toLowerCase(),
                  dateTime(createdAt),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              {!isFinal(state) && <ProgressBar progress={progress} label={title} className="mt-2" />}
            </Link>
          </li>
        )
      })}
    </ul>
  )
