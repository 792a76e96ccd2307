import {
  arcapWords,
  behaviorWords,
  type Fate,
  fateSchema,
  fateWords,
  percentage,
  type ResultTable,
  type Word,
} from '../../../src-main/contract/index.ts'
import { Meaning } from '../../components/meaning.tsx'
import { Scrolling } from './scrolling.tsx'

/** One row for each method, one column for each figure; the heads say what the figures mean. */
function FigureTable({ label, words, rows }: { label: string; words: readonly Word[]; rows: readonly Row[] }) {
  return (
    <Scrolling label={label}>
      <table className="w-full text-right text-[0.8125rem] tabular-nums">
        <caption className="sr-only">{label}</caption>
        <thead className="text-ink-2">
          <tr>
            <th scope="col" className="px-4 py-2 text-left font-medium">
              Method
            </th>
            {words.map(({ name, meaning }) => (
              <th key={name} scope="col" className="px-4 py-2 font-medium">
                <Meaning meaning={meaning} className="text-right">
                  {name}
                </Meaning>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, label: name, figures }) => (
            <tr key={key} className="border-t border-line">
              <th scope="row" className="px-4 py-1.5 text-left font-medium wrap-anywhere">
                {name}
              </th>
              {figures.map((figure, i) => (
                <td key={words[i]?.name} className="px-4 py-1.5">
                  {figure}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  )
}

/** Those that answered anything at all. */
const tried = (methods: ResultTable['methods']) => methods.filter(({ mean }) => mean.questions > 0)

interface Row {
  key: string
  label: string
  figures: readonly string[]
}

/** How many questions had which fate. */
export function Fates({ table: { methods } }: { table: ResultTable }) {
  const fates = fateSchema.options.filter((fate: Fate) => methods.some((method) => method.fates[fate] > 0))
  return (
    <FigureTable
      label="What became of the questions"
      words={fates.map((fate) => fateWords[fate])}
      rows={methods.map(({ label, fates: counts, mean }, i) => ({
        key: String(i),
        label,
        figures: fates.map((fate) => (mean.questions === 0 ? '–' : String(counts[fate]))),
      }))}
    />
  )
}

/** ARCap: whether it is the searching, the reading or the thinking that fails. */
export function Arcap({ table: { methods } }: { table: ResultTable }) {
  const rows = methods.flatMap(({ label, arcap: { all, single, multi } }, i): Row[] =>
    [
      { label, part: all },
      { label: `${label}, answers in one passage`, part: single },
      { label: `${label}, answers in several`, part: multi },
    ].flatMap(({ label: name, part }): Row[] => {
      if (!part || part.questions === 0) return []
      const given = (share: number) => (part.given === 0 ? '–' : percentage(share))
      return [
        {
          key: `${i} ${name}`,
          label: name,
          figures: [
            given(part.sourceReferencing),
            given(part.thinking),
            percentage(part.hitRatio),
            percentage(part.hitRatioFirst),
            part.searchSteps.toFixed(2),
          ],
        },
      ]
    }),
  )
  return <FigureTable label="Where they fail" words={Object.values(arcapWords)} rows={rows} />
}

/** How the methods go about it. */
export function Behavior({ table: { methods } }: { table: ResultTable }) {
  return (
    <FigureTable
      label="How they go about it"
      words={Object.values(behaviorWords)}
      rows={tried(methods).map(({ label, behavior }, i) => ({
        key: String(i),
        label,
        figures: [
          percentage(behavior.validActionRate),
          percentage(behavior.answerRate),
          percentage(behavior.repeatedQueryRate),
          percentage(behavior.emptyQueryRate),
          behavior.tokensPerQuestion.toFixed(0),
          behavior.secondsPerQuestion.toFixed(1),
        ],
      }))}
    />
  )
}
