import {
  capabilityRows,
  type FigureRow,
  plotsOf,
  type RunLine,
  type RunManifest,
  type RunReport,
  resultOf,
  runConfigSchema,
  statisticRows,
  type TestedQuestion,
} from '../../contract/index.ts'
import { escapeHtml, htmlPage } from '../html.ts'
import { chartSvg } from './chart-svg.ts'
import { methodNames } from './estimate.ts'

const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 16)

/** A table of figures: a row each, a column for each moment that is known. */
function table<T>(
  caption: string,
  rows: readonly FigureRow<T>[],
  columns: readonly { label: string; figures: T | null }[],
): string {
  const known = columns.flatMap(({ label, figures }) => (figures === null ? [] : [{ label, figures }]))
  if (known.length === 0) return ''
  const head = known.map(({ label }) => `<th scope="col">${escapeHtml(label)}</th>`).join('')
  const body = rows.map(({ label, hint, of }) => {
    const cells = known.map(({ figures }) => `<td>${of(figures)}</td>`).join('')
    return `<tr><th scope="row">${escapeHtml(label)} <span class="soft">${escapeHtml(hint)}</span></th>${cells}</tr>`
  })
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr><th scope="col">Figure</th>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table>`
}

function flips(title: string, questions: readonly TestedQuestion[]): string {
  if (questions.length === 0) return `<h3>${title}: none</h3>`
  const rows = questions.map(({ question, answers, before, after }) => {
    const cells = [question, answers.join(' or '), before.answer ?? '(nothing)', after.answer ?? '(nothing)']
    return `<tr>${cells.map((cell) => `<td class="text">${escapeHtml(cell)}</td>`).join('')}</tr>`
  })
  const head = ['Question', 'Expected', 'Before', 'Now'].map((name) => `<th scope="col" class="text">${name}</th>`)
  return `<h3>${title}: ${questions.length}</h3><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`
}

/** The settings that are not as they usually are, by their path. */
function changed(given: unknown, usual: unknown, path: string[] = []): [string, string][] {
  if (typeof given === 'object' && given !== null && typeof usual === 'object' && usual !== null) {
    return Object.entries(given).flatMap(([key, value]) =>
      changed(value, (usual as Record<string, unknown>)[key], [...path, key]),
    )
  }
  return JSON.stringify(given) === JSON.stringify(usual) ? [] : [[path.join('.'), JSON.stringify(given)]]
}

const list = (facts: readonly (readonly [string, string])[]): string =>
  `<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`

/** The report of a finished run as a page that can be kept, sent and printed. */
export function reportPage(manifest: RunManifest, report: RunReport, lines: readonly RunLine[]): string {
  const { name, student, teacher, environment, questions, config, versions } = manifest
  const { headline, certainty, gained, lost } = resultOf(report)
  const plots = plotsOf(lines, { before: report.before?.em ?? null, teacher: report.teacher?.em ?? null })
  const guard = report.guard.map(
    ({ step, action, reasons, backTo }) =>
      `<li>Step ${step}: ${escapeHtml(reasons.join(' '))} ${action === 'stop' ? 'Training stopped.' : `It went back to step ${backTo}.`}</li>`,
  )
  const body = `<h1>${escapeHtml(name)}</h1>
<p class="soft">A training in Lagotto, ${time(report.startedAt)} to ${time(report.endedAt)} (UTC)</p>
<p class="headline">${escapeHtml(headline)}</p>
${certainty ? `<p>${escapeHtml(certainty)}</p>` : ''}
${report.notes.length > 0 ? `<ul>${report.notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>` : ''}
<h2>Before and after</h2>
${table('Answers to questions that nothing was learned from', statisticRows, [
  { label: 'Before (test)', figures: report.testBefore },
  { label: 'After (test)', figures: report.test },
  { label: 'Before (validation)', figures: report.before },
  { label: 'Best (validation)', figures: report.best.validation },
  { label: 'Teacher (validation)', figures: report.teacher },
])}
${
  report.arcap
    ? `<h2>What it can do</h2>${table(
        `Reading and searching, on ${report.arcap.after.questions} test questions (ARCap)`,
        capabilityRows,
        [
          { label: 'Before', figures: report.arcap.before },
          { label: 'After', figures: report.arcap.after },
        ],
      )}`
    : ''
}
${report.tested.length > 0 ? `<h2>Answers that changed</h2>${flips('Wrong before, right now', gained)}${flips('Right before, wrong now', lost)}` : ''}
<h2>How it went</h2>
<div class="charts">${plots.map(chartSvg).join('\n')}</div>
<h2>What the guard did</h2>
${guard.length > 0 ? `<ul>${guard.join('')}</ul>` : '<p>Nothing: there was no sign of a collapse.</p>'}
<h2>How it was made</h2>
${list([
  ['Method', methodNames[config.method]],
  [
    'Student',
    `${student.name}${student.adapter ? ` with the adapter ${student.adapter}` : ''} (${student.fingerprint})`,
  ],
  ['Teacher', teacher ? `${teacher.name} (${teacher.fingerprint})` : 'none'],
  ['Library', environment.library.name],
  [
    'Questions',
    `${questions.source}: ${questions.train} to learn from, ${questions.validation} to validate, ${questions.test} to test`,
  ],
  ...report.phases.map(
    ({ phase, steps, seconds }) => [`Phase: ${phase}`, `${steps} steps in ${Math.round(seconds)} s`] as const,
  ),
  ...Object.entries(versions),
])}
<h2>Settings</h2>
<p class="soft">Those that are not as usual; the rest has its default.</p>
${list(changed(config, runConfigSchema.parse({})))}
<details><summary>All settings</summary><pre>${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>`
  return htmlPage(name, body)
}
