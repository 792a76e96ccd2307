import { resolve } from 'node:path'
import { type Command, UsageError } from '../command.ts'
import { printable } from '../terminal.ts'

export const read: Command = {
  summary: 'Show the text that Lagotto reads from a file',
  usage: '<file>',
  options: {},
  help: `The file is read as it is when a library is indexed, and nothing is stored.
A file without text is no failure: exit code 0, and the JSON says "empty".`,
  async run({ positionals, terminal, signal }) {
    const [file, ...others] = positionals
    if (!file) throw new UsageError('A file is missing: name the one to read.')
    if (others.length > 0) throw new UsageError('One file at a time.')
    const { readOneFile } = await import('../../../service/index.ts')
    const reading = await readOneFile(resolve(file), signal)
    if (reading.text !== '') terminal.print(printable(reading.text))
    if (reading.message !== '') terminal.note(printable(reading.message))
    terminal.result(reading)
    return reading.status === 'error' ? 1 : 0
  },
}
