import { type FileHandle, open } from 'node:fs/promises'

const CHUNK = 2 ** 20
const NEWLINE = 10

/**
 * Reads parts of a file of JSON lines that grows, while somebody else writes it: what was looked through once is not read
 * again to find a part. A file that was written anew is looked through anew.
 */
export class LineReader {
  readonly #path: string
  /** Where each whole line ends, behind its newline. */
  #ends: number[] = []
  #inode = -1
  #turn: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  /** Whole lines in the file; 0 where there is none. */
  count(): Promise<number> {
    return this.#use(async () => this.#ends.length, 0)
  }

  /** The lines but for the first `since`, as JSON. A broken line ends them. */
  slice(since: number, limit: number): Promise<unknown[]> {
    return this.#use((file) => this.#read(file, since, Math.min(this.#ends.length, since + limit)), [])
  }

  /** The first line whose `step` is at least this one, where lines are in the order of their steps. */
  firstOf(step: number): Promise<number> {
    return this.#use(async (file) => {
      let [low, high] = [0, this.#ends.length]
      while (low < high) {
        const middle = (low + high) >> 1
        const [line] = (await this.#read(file, middle, middle + 1)) as { step?: number }[]
        if ((line?.step ?? 0) < step) low = middle + 1
        else high = middle
      }
      return low
    }, 0)
  }

  /** One after the other, each with the file as it is then. */
  #use<T>(work: (file: FileHandle) => Promise<T>, without: T): Promise<T> {
    const mine = this.#turn.then(async () => {
      const file = await open(this.#path).catch(() => null)
      if (!file) return without
      try {
        await this.#update(file)
        return await work(file)
      } finally {
        await file.close()
      }
    })
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  async #update(file: FileHandle): Promise<void> {
    const { ino, size } = await file.stat()
    if (ino !== this.#inode || size < (this.#ends.at(-1) ?? 0)) this.#ends = []
    this.#inode = ino
    const chunk = Buffer.alloc(CHUNK)
    for (let at = this.#ends.at(-1) ?? 0; at < size; ) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, at)
      if (bytesRead === 0) return
      const read = chunk.subarray(0, bytesRead)
      for (let i = read.indexOf(NEWLINE); i >= 0; i = read.indexOf(NEWLINE, i + 1)) this.#ends.push(at + i + 1)
      at += bytesRead
    }
  }

  async #read(file: FileHandle, from: number, to: number): Promise<unknown[]> {
    if (from >= to) return []
    const start = this.#ends[from - 1] ?? 0
    const bytes = Buffer.alloc((this.#ends[to - 1] ?? start) - start)
    await file.read(bytes, 0, bytes.length, start)
    const lines: unknown[] = []
    for (const line of bytes.toString('utf8').split('\n').slice(0, -1)) {
      try {
        lines.push(JSON.parse(line))
      } catch {
        break
      }
    }
    return lines
  }
}
