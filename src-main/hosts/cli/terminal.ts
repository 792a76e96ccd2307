import { stripVTControlCharacters } from 'node:util'
import { actingCharacters, type ErrorValue } from '../../contract/index.ts'

/** Where a command writes: results to stdout, everything on the way to stderr, one JSON object when asked for. */
export interface Terminal {
  /** Whether the person asked for JSON: stdout then holds nothing but the result. */
  readonly json: boolean
  /** A line of the result, for people. */
  print(line: string): void
  /** The result, for programs. */
  result(value: object): void
  /** A line on the way. */
  note(line: string): void
  /** Text on the way that goes on where the last one ended. */
  write(text: string): void
  /** A line that the next one replaces; shown on a real terminal only. */
  status(line: string): void
  fail(error: ErrorValue): void
  dim(text: string): string
  bold(text: string): string
}

/** The terminal of this process. Colors and status lines only where a person is looking, and never with NO_COLOR. */
export function openTerminal(json: boolean): Terminal {
  const { stdout, stderr } = process
  const plain = process.env['NO_COLOR'] !== undefined || process.env['TERM'] === 'dumb'
  let midLine = false
  let status = false

  function toStderr(text: string): void {
    if (status) stderr.write('\r\x1b[K')
    status = false
    stderr.write(text)
    midLine = !text.endsWith('\n')
  }
  const fresh = () => (midLine ? '\n' : '')
  const styled = (code: number, end: number, on: boolean) => (text: string) =>
    on && !plain ? `\x1b[${code}m${text}\x1b[${end}m` : text

  return {
    json,
    print(line) {
      if (json) return
      if (midLine || status) toStderr(fresh())
      stdout.write(`${line}\n`)
    },
    result(value) {
      if (json) stdout.write(`${JSON.stringify(value)}\n`)
    },
    note: (line) => toStderr(`${fresh()}${line}\n`),
    write: toStderr,
    status(line) {
      if (!stderr.isTTY || midLine) return
      stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns || 80) - 1)}`)
      status = true
    },
    fail(error) {
      toStderr(`${fresh()}${printable(error.message)}\n${printable(error.action)}\n`)
      if (error.stillWorks) toStderr(`${printable(error.stillWorks)}\n`)
      if (error.code === 'INTERNAL' && error.detail) toStderr(`${printable(error.detail)}\n`)
      if (json) stdout.write(`${JSON.stringify({ error })}\n`)
    },
    dim: styled(2, 22, stderr.isTTY),
    bold: styled(1, 22, stdout.isTTY),
  }
}

/** Text of a document or a model without anything that a terminal would obey. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(actingCharacters, '')
}

/** {@link printable} text as part of a line: whatever breaks lines becomes a space. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
}

/** `one file`, `2 files`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? `1 ${one}` : `${n.toLocaleString('en-US')} ${many}`
}
