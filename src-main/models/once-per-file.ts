import { stat } from 'node:fs/promises'

/**
 * Does some work on a file only once for as long as its size and time of change stay as they are; a failure is not kept.
 *
 * @param work gets the file's path
 */
export function oncePerFile<T>(work: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const done = new Map<string, { stamp: string; result: Promise<T> }>()
  return async (path) => {
    const info = await stat(path).catch(() => null)
    const stamp = info ? `${info.size} ${info.mtimeMs}` : 'missing'
    const known = done.get(path)
    if (known?.stamp === stamp) return known.result
    const result = work(path)
    done.set(path, { stamp, result })
    result.catch(() => done.delete(path))
    return result
  }
}
