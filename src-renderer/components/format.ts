/** "0.3 s" (never 0.0), "12 s", "2 min 5 s", "1 h 4 min". */
export function duration(ms: number): string {
  if (ms < 9_950) return `${Math.max(0.1, ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** "812 bytes", "1.4 MB"; powers of 1000, as file managers count. */
export function bytes(n: number): string {
  let value = n
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** "494 M", "1.9 M", "7.6 B" weights. */
export function parameters(n: number): string {
  const [value, unit] = n >= 1e9 ? [n / 1e9, 'B'] : n >= 1e6 ? [n / 1e6, 'M'] : [n / 1e3, 'K']
  return `${value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${unit}`
}

const grouped = new Intl.NumberFormat('en')

/** "12,345". */
export const count = (n: number): string => grouped.format(n)

/** "1 file", "3 files". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** The last part of a path, on any system. */
export const baseName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path

const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** "Nov 21, 2026, 1:45 PM". */
export const dateTime = (ms: number): string => day.format(ms)

const time = new Intl.DateTimeFormat('en', { timeStyle: 'short' })
const date = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })

/** "1:45 PM" of today, else "Nov 20, 2026". */
export const moment = (ms: number, now = Date.now()): string =>
  date.format(ms) === date.format(now) ? time.format(ms) : date.format(ms)
