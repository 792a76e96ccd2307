import { Table2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { marksOf, type Plot, plotsOf, type RunLine } from '../../../src-main/contract/index.ts'
import { Chart, ChartTable } from '../../components/chart.tsx'
import { Meaning } from '../../components/meaning.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Tip } from '../../components/ui/tip.tsx'
import { percent } from './run-words.ts'

const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

const formatOf = ({ unit }: Plot) => (unit === 'share' ? percent : (value: number) => short.format(value))

const smoothings = { none: 0, some: 0.6, strong: 0.9 } as const

type Range = readonly [number, number] | null

/** How the run goes: one chart per figure, all over the same steps. */
export function Charts({
  lines,
  before,
  teacher,
}: {
  lines: readonly RunLine[]
  before: number | null
  teacher: number | null
}) {
  const plots = useMemo(() => plotsOf(lines, { before, teacher }), [lines, before, teacher])
  const marks = useMemo(() => marksOf(lines), [lines])
  const [smoothing, setSmoothing] = useState<keyof typeof smoothings>('some')
  const [range, setRange] = useState<Range>(null)
  const last = lines.at(-1)?.step ?? 0
  if (plots.length === 0) return <p className="text-ink-2">The first figures come with the first step.</p>
  const shown = range === null ? 'all' : 'part'
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-3 text-[0.8125rem]">
        <span className="flex items-center gap-2">
          <label htmlFor="chart-range" className="text-ink-2">
            Steps
          </label>
          <Select
            id="chart-range"
            className="h-8 text-[0.8125rem]"
            value={shown}
            onChange={({ target: { value } }) => {
              if (value === 'all') setRange(null)
              else if (value !== 'part') setRange([Math.max(0, last - Number(value)), last])
            }}
          >
            <option value="all">All {last}</option>
            {[25, 100, 500]
              .filter((n) => n < last)
              .map((n) => (
                <option key={n} value={n}>
                  Last {n}
                </option>
              ))}
            {range && (
              <option value="part">
                {Math.round(range[0])} to {Math.round(range[1])}
              </option>
            )}
          </Select>
        </span>
        <span className="flex items-center gap-2">
          <label htmlFor="chart-smoothing" className="text-ink-2">
            Smoothing
          </label>
          <Select
            id="chart-smoothing"
            className="h-8 text-[0.8125rem]"
            value={smoothing}
            onChange={({ target: { value } }) => setSmoothing(value as keyof typeof smoothings)}
          >
            <option value="none">None</option>
            <option value="some">Some</option>
            <option value="strong">Strong</option>
          </Select>
        </span>
        <span className="text-xs text-ink-3">Drag over a chart to look closer; a double click shows all.</span>
      </div>
      <div className="grid gap-4 @min-[46rem]:grid-cols-2">
        {plots.map((plot) => (
          <PlotCard
            key={plot.id}
            plot={plot}
            marks={marks}
            range={range}
            onRange={setRange}
            smoothing={plot.id === 'em' ? 0 : smoothings[smoothing]}
          />
        ))}
      </div>
    </>
  )
}

function PlotCard({
  plot,
  marks,
  range,
  onRange,
  smoothing,
}: {
  plot: Plot
  marks: ReturnType<typeof marksOf>
  range: Range
  onRange: (range: Range) => void
  smoothing: number
}) {
  const [asTable, setAsTable] = useState(false)
  const format = formatOf(plot)
  const now = plot.curves.map(({ label, tone, points }) => ({ label, tone, value: points.at(-1)?.[1] }))
  return (
    <figure className="min-w-0 rounded-2xl border border-line bg-surface p-4 shadow-card">
      <figcaption className="mb-2 flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <h3 className="text-sm font-semibold">
            <Meaning meaning={plot.hint}>{plot.title}</Meaning>
          </h3>
          <ul className="flex flex-wrap gap-x-3 text-xs tabular-nums text-ink-2">
            {now.map(({ label, tone, value }) => (
              <li key={label} className="flex items-center gap-1.5">
                <span aria-hidden="true" className={`h-0.5 w-3 rounded ${swatches[tone]}`} />
                {label} {value === undefined ? '' : format(value)}
              </li>
            ))}
          </ul>
        </div>
        <Tip label={asTable ? 'Show the chart' : 'Show the figures as a table'}>
          <Button
            tone="ghost"
            size="icon-sm"
            aria-pressed={asTable}
            aria-label={`${plot.title} as a table`}
            onClick={() => setAsTable((old) => !old)}
          >
            <Table2 />
          </Button>
        </Tip>
      </figcaption>
      {asTable ? (
        <ChartTable label={plot.title} curves={plot.curves} format={format} />
      ) : (
        <Chart
          label={`${plot.title}: ${now.map(({ label, value }) => `${label} ${value === undefined ? '' : format(value)}`).join(', ')}`}
          curves={plot.curves}
          marks={marks}
          range={range}
          onRange={onRange}
          smoothing={smoothing}
          format={format}
          bounds={plot.bounds}
        />
      )}
    </figure>
  )
}

const swatches: Record<Plot['curves'][number]['tone'], string> = {
  main: 'bg-accent',
  second: 'bg-good',
  third: 'bg-warn',
  reference: 'bg-ink-3',
}
