import { resolve } from 'node:path'
import { type Command, text, UsageError } from '../command.ts'
import { printable } from '../terminal.ts'

export const read: Command = {
  summary: 'Show the text that Lagotto reads from a file',
  usage: '<file>',
  options: { ocr: { type: 'string' } },
  help: `The file is read as it is when a library is indexed, and nothing is stored.

  --ocr eng+deu    Recognize text in the pictures of scans, in these languages ("lagotto ocr fetch" fetches them)

A file without text is no failure: exit code 0, and the JSON says "empty".`,
  async run({ positionals, values, dataDir, terminal, signal }) {
    const [file, ...others] = positionals
    if (!file) throw new UsageError('A file is missing: name the one to read.')
    if (others.length > 0) throw new UsageError('One file at a time.')
    const { defaultDataDir, readOneFile, recognitionWith } = await import('../../../service/index.ts')
    const languages = text(values, 'ocr')?.split(/[+,]/) ?? null
    const recognition = languages && recognitionWith(dataDir ?? defaultDataDir(), languages)
    const reading = await readOneFile(resolve(file), recognition, signal)
    if (reading.text !== '') terminal.print(printable(reading.text))
    if (reading.message !== '') terminal.note(printable(reading.message))
    terminal.result(reading)
    return reading.status === 'error' ? 1 : 0
  },
}
