import { resolve } from 'node:path'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { ErrorValue } from '../../contract/index.ts'
import { type Command, flag, UsageError } from './command.ts'
import { add } from './commands/add.ts'
import { ask } from './commands/ask.ts'
import { compare } from './commands/compare.ts'
import { evaluation } from './commands/eval.ts'
import { models } from './commands/models.ts'
import { ocr } from './commands/ocr.ts'
import { questions } from './commands/questions.ts'
import { read } from './commands/read.ts'
import { search } from './commands/search.ts'
import { serve } from './commands/serve.ts'
import { train } from './commands/train.ts'
import { openTerminal, printable } from './terminal.ts'

const commands: Record<string, Command> = {
  add,
  search,
  ask,
  compare,
  read,
  ocr,
  serve,
  models,
  train,
  questions,
  eval: evaluation,
}

const common: ParseArgsOptionsConfig = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
}

const commonHelp = `  --json           One JSON object on the last line of the output
  --data-dir DIR   Where Lagotto keeps its data (else LAGOTTO_HOME, else the system's place for it)
  -h, --help       This text`

/** Whether `name` is a command of the terminal: the desktop app runs it instead of opening a window. */
export function isCommand(name: string | undefined): boolean {
  return name !== undefined && (Object.hasOwn(commands, name) || name === '--help' || name === '--version')
}

/**
 * Runs one command line.
 *
 * @param args what follows the program's name
 * @returns the exit code: 0 done, 1 failed, 2 the command line makes no sense
 */
export async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--help' || name === '-h' || name === 'help') return say(overview())
  if (name === '--version' || name === '-v') {
    const { appVersion } = await import('../index.ts')
    return say(appVersion())
  }
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  if (name === undefined || !command) {
    const wrong = name === undefined ? 'A command is missing.' : `There is no command "${name}".`
    process.stderr.write(`${printable(wrong)}\n\n${overview()}\n`)
    openTerminal(args.includes('--json')).result(usageError(wrong, 'lagotto <command> [options]'))
    return 2
  }
  const terminal = openTerminal(rest.includes('--json'))
  const interruption = interruptible()
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...common, ...command.options },
      allowPositionals: true,
    })
    if (values['help'])
      return say(`${command.summary}\n\nUsage: lagotto ${name} ${command.usage}\n\n${command.help}\n${commonHelp}`)
    for (const [option, value] of Object.entries(values)) {
      if (typeof value === 'string' && value.trim() === '') throw new UsageError(`${flag(option)} is empty.`)
    }
    const dataDir = typeof values['data-dir'] === 'string' ? resolve(values['data-dir']) : null
    return await command.run({ values, positionals, terminal, dataDir, signal: interruption.signal })
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      const message = (error.message.split('. To specify')[0] ?? error.message).replace(/([^.])$/, '$1.')
      const usage = `lagotto ${name} ${command.usage}`
      process.stderr.write(`${printable(message)}\nUsage: ${usage}\nMore: lagotto ${name} --help\n`)
      terminal.result(usageError(message, usage))
      return 2
    }
    const { errorOf, interrupted } = await import('./session.ts')
    terminal.fail(interruption.signal.aborted ? interrupted : errorOf(error))
    return 1
  } finally {
    interruption.release()
  }
}

/** The first Ctrl+C asks the command to stop, the second one ends the program at once. */
function interruptible(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(1)
    controller.abort()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    release: () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}

function isParseError(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
}

/** What a program gets that asked for JSON with a command line that makes no sense. */
function usageError(message: string, usage: string): { error: ErrorValue } {
  return { error: { code: 'INVALID_INPUT', message, action: `Usage: ${usage}` } }
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function overview(): string {
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  return `Ask your documents. Nothing leaves this computer.

Usage: lagotto <command> [options]

${list.join('\n')}

Every command takes:
${commonHelp}

More about one: lagotto <command> --help
Exit codes: 0 done, 1 failed, 2 the command line makes no sense.`
}
