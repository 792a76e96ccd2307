import {
  type Cell,
  intervalMeaning,
  percentage,
  points,
  type ResultTable,
  type ScoreName,
  scoreWords,
  significanceSentence,
} from '../../../src-main/contract/index.ts'
import { cn } from '../../components/cn.ts'
import { plural } from '../../components/format.ts'
import { Meaning } from '../../components/meaning.tsx'
import { Scrolling } from './scrolling.tsx'

/** Methods against sets, as results are reported in papers; every figure says what it means. */
export function ResultsTable({ table, score }: { table: ResultTable; score: ScoreName }) {
  const { methods, sets, reference } = table
  const base = methods[reference]?.label ?? ''
  const many = sets.length > 1
  return (
    <>
      <Scrolling label="Results">
        <table className="w-full text-right text-[0.8125rem] tabular-nums">
          <caption className="sr-only">
            {scoreWords[score].name}: methods against sets, with intervals and differences from {base}
          </caption>
          <thead className="text-ink-2">
            <tr>
              <th scope="col" className="px-4 py-2 text-left font-medium">
                Method
              </th>
              {sets.map(({ name, questions }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a set may be there twice, with another split
                <th key={i} scope="col" className="px-4 py-2 font-medium">
                  {name}
                  <span className="block text-xs font-normal text-ink-3">{plural(questions, 'question')}</span>
                </th>
              ))}
              {many && (
                <th scope="col" className="px-4 py-2 font-medium">
                  <Meaning meaning="The mean of the sets, each counting the same however many questions it has.">
                    Mean
                  </Meaning>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {methods.map(({ label, cells, mean }, method) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: methods never change their places
              <tr key={method} className="border-t border-line align-top">
                <th scope="row" className="px-4 py-2 text-left font-medium wrap-anywhere">
                  {label}
                </th>
                {[...cells, ...(many ? [mean] : [])].map((cell, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: sets never change their places
                  <td key={i} className="px-4 py-2">
                    <Figure cell={cell} score={score} base={base} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
      <p className="mt-2 text-xs text-ink-3">
        {intervalMeaning}
        {methods.length > 1 && ` Below: percentage points against ${base}; bold where it is hardly chance.`}
      </p>
    </>
  )
}

function Figure({ cell, score, base }: { cell: Cell; score: ScoreName; base: string }) {
  const { mean, low, high } = cell.scores[score]
  const difference = cell.difference?.[score]
  if (cell.questions === 0) return <span className="text-ink-3">–</span>
  return (
    <>
      <Meaning
        plain
        className="font-medium"
        meaning={`${cell.right} of ${plural(cell.questions, 'question')} exactly right. ${scoreWords[score].meaning}`}
      >
        {percentage(mean)}
      </Meaning>
      <span className="block text-xs text-ink-3">
        ({(100 * low).toFixed(1)}–{(100 * high).toFixed(1)})
      </span>
      {difference && (
        <Meaning
          plain
          className={cn(
            'block w-full text-right text-xs',
            difference.p < 0.05 ? 'font-semibold' : 'text-ink-3',
            difference.p < 0.05 && (difference.mean > 0 ? 'text-good' : 'text-bad'),
          )}
          meaning={`Against ${base}, on the same questions. ${significanceSentence(difference)}`}
        >
          {points(difference.mean)}
        </Meaning>
      )}
    </>
  )
}
