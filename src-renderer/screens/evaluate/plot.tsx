import { percentage, type ResultTable, type ScoreName, scoreWords } from '../../../src-main/contract/index.ts'

const ticks = [0, 25, 50, 75, 100]

/** The results as dots with their intervals: where two do not overlap, the difference is clear at a glance. */
export function IntervalPlot({ table, score }: { table: ResultTable; score: ScoreName }) {
  const { methods, sets } = table
  const groups = [
    ...(sets.length > 1 ? [{ name: 'Mean', cells: methods.map(({ mean }) => mean) }] : []),
    ...sets.map(({ name }, set) => ({ name, cells: methods.map(({ cells }) => cells[set]) })),
  ]
  return (
    <figure
      aria-label={`${scoreWords[score].name} with intervals; the table above has the same figures`}
      className="rounded-2xl border border-line bg-surface px-4 py-3 text-[0.8125rem] shadow-card"
    >
      <div aria-hidden="true" className="grid grid-cols-[minmax(6rem,14rem)_1fr_3.5rem] items-center gap-x-3">
        {groups.map(({ name, cells }, group) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: sets never change their places
          <div key={group} className="contents">
            {sets.length > 1 && <p className="col-span-3 mt-2 text-xs font-medium text-ink-3">{name}</p>}
            {cells.map((cell, method) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: methods never change their places
              <div key={method} className="contents">
                <span className="truncate py-1">{methods[method]?.label}</span>
                <span className="relative h-6 bg-[linear-gradient(to_right,var(--line)_1px,transparent_1px)] bg-size-[25%_100%] border-r border-line">
                  {cell && cell.questions > 0 && <Dot {...cell.scores[score]} />}
                </span>
                <span className="text-right tabular-nums text-ink-2">
                  {cell && cell.questions > 0 ? percentage(cell.scores[score].mean) : '–'}
                </span>
              </div>
            ))}
          </div>
        ))}
        <span />
        <span className="relative mt-1 h-4 text-xs tabular-nums text-ink-3">
          {ticks.map((tick) => (
            <span key={tick} className="absolute -translate-x-1/2" style={{ left: `${tick}%` }}>
              {tick}
            </span>
          ))}
        </span>
        <span />
      </div>
    </figure>
  )
}

const Dot = ({ mean, low, high }: { mean: number; low: number; high: number }) => (
  <>
    <span
      className="absolute top-1/2 h-0.5 -translate-y-1/2 bg-accent/60"
      style={{ left: `${100 * low}%`, width: `${Math.max(0.2, 100 * (high - low))}%` }}
    />
    <span
      className="absolute top-1/2 size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full bg-accent"
      style={{ left: `${100 * mean}%` }}
    />
  </>
)
