import type { Curve, Plot } from '../../contract/index.ts'
import { escapeHtml } from '../html.ts'

const WIDTH = 360
const HEIGHT = 150
const LEFT = 44
const BOTTOM = 18
const TOP = 8
/** Points that are drawn of a curve: more cannot be seen. */
const POINTS = 400

const tones: Record<Curve['tone'], string> = {
  main: 'var(--main)',
  second: 'var(--good)',
  third: 'var(--warn)',
  reference: 'var(--soft)',
}

/** A figure's value as its axis shows it. */
const shown = (value: number, { unit }: Plot): string =>
  unit === 'share' ? `${Math.round(100 * value)} %` : Number(value.toPrecision(3)).toString()

/** A chart as a still picture, with its curves named and their last values told. */
export function chartSvg(plot: Plot): string {
  const points = plot.curves.flatMap((curve) => curve.points)
  const extent = (of: (point: (typeof points)[number]) => number): [number, number] => {
    const [low, high] = points.reduce(
      ([least, most], point) => [Math.min(least, of(point)), Math.max(most, of(point))],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    )
    return high > low ? [low, high] : [low - 0.5, high + 0.5]
  }
  const [x0, x1] = extent(([x]) => x)
  const [y0, y1] = plot.bounds ?? extent(([, y]) => y)
  const place = ([x, y]: (typeof points)[number]): string => {
    const left = LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - 4)
    const top = TOP + (1 - (y - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM)
    return `${left.toFixed(1)},${top.toFixed(1)}`
  }
  const line = (curve: Curve): string => {
    const every = Math.max(1, Math.ceil(curve.points.length / POINTS))
    const some = curve.points.filter((_, i) => i % every === 0 || i === curve.points.length - 1)
    const dash = curve.tone === 'reference' ? ' stroke-dasharray="4 3"' : ''
    return `<polyline fill="none" stroke="${tones[curve.tone]}" stroke-width="1.5"${dash} points="${some.map(place).join(' ')}"/>`
  }
  const tick = (x: number, y: number, anchor: string, text: string): string =>
    `<text x="${x}" y="${y}" font-size="10" fill="var(--soft)" text-anchor="${anchor}">${escapeHtml(text)}</text>`
  const names = plot.curves.map(({ label, tone, points: own }) => {
    const last = own.at(-1)
    return `<span style="color:${tones[tone]}">■</span> ${escapeHtml(label)}${last ? ` ${shown(last[1], plot)}` : ''}`
  })
  return `<figure>
<h3>${escapeHtml(plot.title)}</h3>
<p class="soft" style="margin:0">${names.join(' · ')}</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(plot.title)}">
<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 4}" fill="none" stroke="var(--line)"/>
${tick(LEFT - 4, TOP + 8, 'end', shown(y1, plot))}${tick(LEFT - 4, HEIGHT - BOTTOM, 'end', shown(y0, plot))}
${tick(LEFT, HEIGHT - 4, 'start', `step ${Math.round(x0)}`)}${tick(WIDTH - 4, HEIGHT - 4, 'end', String(Math.round(x1)))}
${plot.curves.map(line).join('\n')}
</svg>
<p class="soft" style="margin:0;font-size:.8rem">${escapeHtml(plot.hint)}</p>
</figure>`
}
