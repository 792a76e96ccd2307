import { appendFile, stat, truncate } from 'node:fs/promises'
import type { z } from 'zod'
import { diskError, readText, writeWhole } from './files.ts'

/** A file of JSON lines that only grows. A line that a kill cut in the middle does not count. */
export class JsonLines<T> {
  readonly path: string
  readonly #schema: z.ZodType<T>

  constructor(path: string, schema: z.ZodType<T>) {
    this.path = path
    this.#schema = schema
  }

  /** All lines. A broken line ends the file. */
  async read(): Promise<T[]> {
    const text = (await readText(this.path)) ?? ''
    const lines: T[] = []
    for (const line of text.split('\n').slice(0, -1)) {
      const parsed = this.#schema.safeParse(tryJson(line))
      if (!parsed.success) break
      lines.push(parsed.data)
    }
    return lines
  }

  /** @throws {AppError} DISK_FULL; the lines before are intact */
  async append(lines: readonly T[]): Promise<void> {
    if (lines.length === 0) return
    const before = (await stat(this.path).catch(() => null))?.size ?? 0
    try {
      await appendFile(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    } catch (error) {
      await truncate(this.path, before).catch(() => undefined)
      throw diskError(error, this.path)
    }
  }

  /** Drops lines, and whatever was half written. */
  async keep(wanted: (line: T) => boolean): Promise<void> {
    const kept = (await this.read()).filter(wanted)
    await writeWhole(this.path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }
}

function tryJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
