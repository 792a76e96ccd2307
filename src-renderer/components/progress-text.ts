import type { Progress } from '../../src-main/contract/index.ts'
import { bytes, count, duration } from './format.ts'

/** "812 of 1,040 files · 31 files/s · 7 s left", "12 MB of 1.1 GB · 8.4 MB/s · 2 min left". */
export function progressText({ done, total, unit, rate, leftMs }: Progress): string {
  const inBytes = unit === 'bytes'
  const parts = [inBytes ? `${bytes(done)} of ${bytes(total)}` : `${count(done)} of ${count(total)} ${unit}`]
  if (rate !== null) {
    const perSecond = rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1)
    parts.push(inBytes ? `${bytes(rate)}/s` : `${perSecond} ${unit}/s`)
  }
  if (leftMs !== null && leftMs > 500) parts.push(`${duration(leftMs)} left`)
  return parts.join(' · ')
}
