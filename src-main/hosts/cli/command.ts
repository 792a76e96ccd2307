import { resolve } from 'node:path'
import type { ParseArgsOptionsConfig } from 'node:util'
import { remoteName } from '../../contract/index.ts'
import type { Terminal } from './terminal.ts'

/** Values of options by name, as `parseArgs` gives them. */
export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

/** What a command is run with. */
export interface Invocation {
  values: Values
  positionals: string[]
  terminal: Terminal
  /** Absolute path of `--data-dir`; null: the environment's or the platform's. */
  dataDir: string | null
  /** Aborted by Ctrl+C. */
  signal: AbortSignal
}

/** One command of the terminal. */
export interface Command {
  /** One line for the list of commands. */
  summary: string
  /** What follows `lagotto <name>`. */
  usage: string
  /** The command's own options, besides `--help`, `--json` and `--data-dir`. */
  options: ParseArgsOptionsConfig
  /** Their explanation, one line each, and whatever else is worth knowing. */
  help: string
  /** Does the work; resolves to the exit code 0 (done) or 1 (failed). */
  run(invocation: Invocation): Promise<number>
}

/** The command line makes no sense; the message says what would. Ends the program with exit code 2. */
export class UsageError extends Error {}

/** An option as it is written: `-k`, `--limit`. */
export function flag(name: string): string {
  return `${name.length === 1 ? '-' : '--'}${name}`
}

/** The value of an option that takes text. */
export function text(values: Values, name: string): string | null {
  const value = values[name]
  return typeof value === 'string' ? value : null
}

/** The values of an option that may be given several times. */
export function texts(values: Values, name: string): string[] {
  const value = values[name]
  const list = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  if (list.some((each) => each.trim() === '')) throw new UsageError(`${flag(name)} is empty.`)
  return list
}

/**
 * The value of an option that takes a whole number.
 *
 * @throws {UsageError} when it is not one between `min` and `max`
 */
export function integer(values: Values, name: string, min: number, max: number): number | null {
  const value = text(values, name)
  if (value === null) return null
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < min || number > max) {
    throw new UsageError(`${flag(name)} takes a whole number from ${min} to ${max}, not "${value}".`)
  }
  return number
}

/**
 * The one thing that a command is about, in quotes or as several words.
 *
 * @throws {UsageError} when there is none
 */
export function phrase(positionals: readonly string[], what: string): string {
  const joined = positionals.join(' ').trim()
  if (joined === '') throw new UsageError(`${what} is missing. Write it in quotes.`)
  return joined
}

/** The value of an option that names a model: an absolute path, or a model on a server as it is written (`remote:NAME`). */
export function modelPath(values: Values, name: string): string | null {
  const value = text(values, name)
  return value === null || remoteName(value) !== null ? value : resolve(value)
}
