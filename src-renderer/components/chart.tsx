import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Curve, Mark } from '../../src-main/contract/index.ts'
import { perColumn, smooth, sparse } from './curves.ts'

/** What a chart shows. All of it is also in the table beside it. */
export interface ChartProps {
  /** Says what is drawn, for those who do not see it. */
  label: string
  curves: readonly Curve[]
  marks?: readonly Mark[]
  /** The part of the horizontal axis that is shown; all of it by default. */
  range?: readonly [number, number] | null
  /** Called when a person drags over a part, and with null for a double click. */
  onRange?: (range: readonly [number, number] | null) => void
  /** Strength of the smoothing, 0 (none) to 1. */
  smoothing?: number
  format: (value: number) => string
  /** Of the vertical axis, when it is known beforehand. */
  bounds?: readonly [number, number] | undefined
  height?: number
}

/** Steps are counted, so their axis has whole numbers only. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

const FONT = '11px system-ui, sans-serif'

/** A color of the theme, as a canvas takes it. */
const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const tones: Record<Curve['tone'], string> = {
  main: '--accent',
  second: '--good',
  third: '--warn',
  reference: '--ink-3',
}

/** Joins curves over one horizontal axis; where a curve has no point there is null. */
function align(curves: readonly Curve[]): uPlot.AlignedData {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  const columns = curves.map(({ points }) => {
    const values = new Map(points)
    return xs.map((x) => values.get(x) ?? null)
  })
  return [xs, ...columns]
}

function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = color('--control')
  ctx.fillStyle = color('--ink-3')
  ctx.font = FONT.replace('11px', `${11 * devicePixelRatio}px`)
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
  for (const { x, label } of marks) {
    const left = Math.round(plot.valToPos(x, 'x', true))
    if (left < bbox.left || left > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(left, bbox.top)
    ctx.lineTo(left, bbox.top + bbox.height)
    ctx.stroke()
    ctx.fillText(label, left + 4 * devicePixelRatio, bbox.top + 11 * devicePixelRatio)
  }
  ctx.restore()
}

/**
 * Draws curves that may grow while one looks: only what changed is given to the plot, and of long curves no more points than
 * its columns of pixels can show.
 */
export function Chart({
  label,
  curves,
  marks = [],
  range = null,
  onRange,
  smoothing = 0,
  format,
  bounds,
  height = 180,
}: ChartProps) {
  const holder = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const theme = useTheme()
  const [width, setWidth] = useState(0)
  const smoothed = useMemo(
    () =>
      curves.map((curve) =>
        curve.tone === 'reference' ? curve : { ...curve, points: smooth(curve.points, smoothing) },
      ),
    [curves, smoothing],
  )
  const latest = useRef({ marks, format, onRange })
  latest.current = { marks, format, onRange }
  const shape = curves.map(({ label: name, tone }) => `${name}:${tone}`).join('|')
  const low = bounds?.[0]
  const high = bounds?.[1]

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot is made anew only when its curves, bounds or colors change
  useEffect(() => {
    const element = holder.current
    if (!element) return
    const grid = { stroke: color('--line'), width: 1 }
    const axis = { stroke: color('--ink-3'), font: FONT, grid, ticks: grid }
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { points: { size: 6 }, drag: { x: true, y: false, setScale: false } },
        scales: {
          x: { time: false },
          ...(low === undefined || high === undefined ? {} : { y: { range: [low, high] as [number, number] } }),
        },
        axes: [
          { ...axis, size: 24, incrs: WHOLE_STEPS },
          {
            ...axis,
            size: (_, labels) => Math.max(48, 14 + 6.5 * Math.max(0, ...(labels ?? []).map(({ length }) => length))),
            values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)),
          },
        ],
        series: [
          {},
          ...curves.map(({ label: name, tone, points }) => ({
            label: name,
            stroke: color(tones[tone]),
            width: tone === 'reference' ? 1 : 2,
            spanGaps: true,
            points: { show: points.length < 40 && tone !== 'reference', size: 5 },
            ...(tone === 'reference' ? { dash: [4, 4] } : {}),
          })),
        ],
        hooks: {
          draw: [(drawn) => drawMarks(drawn, latest.current.marks)],
          setSelect: [
            (drawn) => {
              const { left, width } = drawn.select
              if (width < 4) return
              latest.current.onRange?.([drawn.posToVal(left, 'x'), drawn.posToVal(left + width, 'x')])
              drawn.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
            },
          ],
        },
      },
      undefined,
      element,
    )
    made.over.addEventListener('dblclick', () => latest.current.onRange?.(null))
    plot.current = made
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height })
      setWidth(element.clientWidth)
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape, low, high, height, theme])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new plot needs the data again
  useEffect(() => {
    const made = plot.current
    if (!made) return
    const [from, to] = range ?? [
      Math.min(...smoothed.map(({ points }) => points[0]?.[0] ?? 0)),
      Math.max(...smoothed.map(({ points }) => points.at(-1)?.[0] ?? 1)),
    ]
    const columns = Math.max(50, Math.floor(width))
    const drawn = smoothed.map((curve) => ({ ...curve, points: perColumn(curve.points, from, to, columns) }))
    made.batch(() => {
      made.setData(align(drawn), false)
      made.setScale('x', { min: from, max: Math.max(to, from + 1) })
    })
    if (holder.current)
      holder.current.dataset['points'] = String(drawn.reduce((sum, { points }) => sum + points.length, 0))
  }, [smoothed, range, width, shape, low, high, height, theme])

  return <div ref={holder} role="img" aria-label={label} className="min-w-0 select-none" style={{ height }} />
}

/** The page's theme, so that a canvas is painted again when it changes. */
function useTheme(): string {
  const [theme, setTheme] = useState(document.documentElement.dataset['theme'] ?? '')
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset['theme'] ?? ''))
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => observer.disconnect()
  }, [])
  return theme
}

/** The figures of a chart as a table: every value of short curves, and evenly chosen ones of long curves. */
export function ChartTable({
  label,
  curves,
  format,
}: {
  label: string
  curves: readonly Curve[]
  format: (value: number) => string
}) {
  const data = align(curves)
  const rows = sparse([...data[0].keys()], 200)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section tabIndex={0} aria-label={label} className="max-h-52 overflow-y-auto rounded-lg border border-line">
      <table className="w-full text-right text-xs tabular-nums">
        <caption className="sr-only">{label}</caption>
        <thead className="sticky top-0 bg-sunken text-ink-2">
          <tr>
            <th scope="col" className="px-3 py-1.5 font-medium">
              Step
            </th>
            {curves.map((curve) => (
              <th key={curve.label} scope="col" className="px-3 py-1.5 font-medium">
                {curve.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row} className="border-t border-line">
              <th scope="row" className="px-3 py-1 font-normal text-ink-2">
                {data[0][row]}
              </th>
              {curves.map((curve, i) => {
                const value = data[i + 1]?.[row]
                return (
                  <td key={curve.label} className="px-3 py-1">
                    {typeof value === 'number' ? format(value) : '–'}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
