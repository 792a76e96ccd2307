import { leftWords, type Progress } from '../../src-main/contract/index.ts'
import { bytes, count } from './format.ts'

/** "812 of 1,040 files · 31 files/s · about 7 s left", "12 MB of 1.1 GB · 8.4 MB/s · about 2 min left". */
export function progressText(progress: Progress): string {
  const { done, total, unit, rate } = progress
  const inBytes = unit === 'bytes'
  const parts = [inBytes ? `${bytes(done)} of ${bytes(total)}` : `${count(done)} of ${count(total)} ${unit}`]
  if (rate !== null) {
    const perSecond = rate >= 10 ? count(Math.round(rate)) : rate.toFixed(1)
    parts.push(inBytes ? `${bytes(rate)}/s` : `${perSecond} ${unit}/s`)
  }
  return [...parts, leftWords(progress)].filter(Boolean).join(' · ')
}
