import {
  arcapWords,
  behaviorWords,
  type Cell,
  type Evaluation,
  type Fate,
  fateSchema,
  fateWords,
  headline,
  intervalMeaning,
  percentage,
  points,
  type ResultRow,
  type ResultTable,
  scoreNameSchema,
  scoreWords,
  significanceSentence,
  type Word,
} from '../contract/index.ts'

/** All that a report tells. */
export interface ReportContent {
  evaluation: Pick<Evaluation, 'name' | 'createdAt' | 'methods' | 'sets'>
  table: ResultTable
  rows: readonly ResultRow[]
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const style = `
:root{color-scheme:light dark;--canvas:#fbf9f6;--surface:#fff;--ink:#2a211b;--soft:#594d44;--line:#e7e0d6;--accent:#94491f;--good:#2c6639;--bad:#a12e1c}
@media (prefers-color-scheme:dark){:root{--canvas:#1b1815;--surface:#25201c;--ink:#f2ebe4;--soft:#c9bdb1;--line:#38302a;--accent:#e3a577;--good:#93cf9d;--bad:#f29a87}}
body{margin:0;background:var(--canvas);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:2rem 1.5rem 4rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p,small{color:var(--soft)}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:.75rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.4rem .75rem;text-align:right;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;font-weight:500;color:var(--soft)}
th:first-child,.text td{text-align:left}tbody th{font-weight:500}
small{display:block}.right{color:var(--good)}.wrong{color:var(--bad)}
abbr{text-decoration:underline dotted}summary{cursor:pointer}
`

const word = ({ name, meaning }: Word): string => `<abbr title="${escaped(meaning)}">${escaped(name)}</abbr>`

function cell({ scores, difference, right, questions }: Cell, score: keyof Cell['scores']): string {
  if (questions === 0) return '<td>–</td>'
  const { mean, low, high } = scores[score]
  const compared = difference?.[score]
  const against = compared
    ? `<small title="${escaped(significanceSentence(compared))}">${points(compared.mean)}${compared.p < 0.05 ? ' *' : ''}</small>`
    : ''
  const counted = score === 'em' ? ` title="${right} of ${questions} questions"` : ''
  return `<td${counted}>${percentage(mean)}<small>(${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)})</small>${against}</td>`
}

function table(head: readonly string[], body: readonly string[][], kind = ''): string {
  const heads = head.map((one) => `<th scope="col">${one}</th>`).join('')
  const rows = body.map(([first = '', ...rest]) => `<tr>${first}${rest.join('')}</tr>`).join('\n')
  return `<div class="scroll"><table${kind}><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`
}

const rowHead = (text: string): string => `<th scope="row">${escaped(text)}</th>`
const number = (text: string): string => `<td>${text}</td>`

function resultTables({ methods, sets, reference }: ResultTable): string {
  const base = methods[reference]?.label ?? ''
  return scoreNameSchema.options
    .map((score) => {
      const body = methods.map(({ label, cells, mean }) => [
        rowHead(label),
        ...cells.map((one) => cell(one, score)),
        ...(sets.length > 1 ? [cell(mean, score)] : []),
      ])
      const head = [
        'Method',
        ...sets.map(({ name, questions }) => `${escaped(name)}<small>${questions} questions</small>`),
        ...(sets.length > 1 ? ['Mean'] : []),
      ]
      return `<h2>${word(scoreWords[score])}</h2>${table(head, body)}`
    })
    .join('\n')
    .concat(
      `<p>${escaped(intervalMeaning)} Below it: percentage points more or less than ${escaped(base)}; * hardly chance (p &lt; 0.05, paired randomization test).</p>`,
    )
}

function fateTable({ methods }: ResultTable): string {
  const fates = fateSchema.options.filter((fate) => methods.some((method) => method.fates[fate] > 0))
  const head = ['Method', ...fates.map((fate: Fate) => word(fateWords[fate]))]
  return table(
    head,
    methods.map(({ label, fates: counts }) => [rowHead(label), ...fates.map((fate) => number(String(counts[fate])))]),
  )
}

function arcapTable({ methods }: ResultTable): string {
  const body = methods.flatMap(({ label, arcap: { all, single, multi } }) =>
    [
      { name: label, part: all },
      { name: `${label}, one passage`, part: single },
      { name: `${label}, several passages`, part: multi },
    ].flatMap(({ name, part }) => {
      if (!part) return []
      const given = (share: number) => (part.given === 0 ? '–' : percentage(share))
      const figures = [
        given(part.sourceReferencing),
        given(part.thinking),
        percentage(part.hitRatio),
        percentage(part.hitRatioFirst),
        part.searchSteps.toFixed(2),
      ]
      return [[rowHead(name), ...figures.map(number)]]
    }),
  )
  return table(['Method', ...Object.values(arcapWords).map(word)], body)
}

function behaviorTable({ methods }: ResultTable): string {
  const names = Object.keys(behaviorWords) as (keyof typeof behaviorWords)[]
  const figure = (name: (typeof names)[number], value: number) =>
    name === 'tokensPerQuestion'
      ? value.toFixed(0)
      : name === 'secondsPerQuestion'
        ? value.toFixed(1)
        : percentage(value)
  return table(
    ['Method', ...names.map((name) => word(behaviorWords[name]))],
    methods.map(({ label, behavior }) => [
      rowHead(label),
      ...names.map((name) => number(figure(name, behavior[name]))),
    ]),
  )
}

function questionTable({ evaluation: { methods, sets }, rows }: ReportContent): string {
  const body = rows.map(({ set, question, answers, results }) => [
    rowHead(question),
    `<td>${escaped(sets[set]?.name ?? '')}</td>`,
    `<td>${escaped(answers.join(' | '))}</td>`,
    ...results.map((result) =>
      result
        ? `<td><span class="${result.em === 1 ? 'right' : 'wrong'}">${escaped(result.answer ?? '–')}</span><small>${escaped(fateWords[result.fate].name)}</small></td>`
        : '<td>–</td>',
    ),
  ])
  const head = ['Question', 'Set', 'Right answer', ...methods.map(({ label }) => escaped(label))]
  return table(head, body, ' class="text"')
}

/** A page that stands on its own: no script, nothing that is fetched, every text of others escaped. */
export function reportHtml(content: ReportContent): string {
  const { evaluation, table: results, rows } = content
  const sets = evaluation.sets.map(
    ({ name, library, split, questions }) =>
      `${escaped(name)}: ${questions} questions${split ? ` for ${split}` : ''}, asked in “${escaped(library.name)}”`,
  )
  const errors = evaluation.methods.flatMap(({ label, error }) =>
    error ? [`<p class="wrong">${escaped(label)} could not go on: ${escaped(error.message)}</p>`] : [],
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(evaluation.name)}</title>
<style>${style}</style>
</head>
<body><main>
<h1>${escaped(evaluation.name)}</h1>
<p>${new Date(evaluation.createdAt).toISOString().slice(0, 16).replace('T', ' ')} UTC · ${sets.join('; ')}</p>
<p><strong>${escaped(headline(results) ?? 'Nothing was answered yet.')}</strong></p>
${errors.join('\n')}
${resultTables(results)}
<h2>What became of the questions</h2>
${fateTable(results)}
<h2>Where they fail (ARCap)</h2>
${arcapTable(results)}
<h2>How they behave</h2>
${behaviorTable(results)}
<h2>Question by question</h2>
<details${rows.length <= 200 ? ' open' : ''}><summary>${rows.length} questions</summary>
${questionTable(content)}
</details>
</main></body>
</html>
`
}
