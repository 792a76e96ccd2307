import { type Command, type Invocation, UsageError } from '../command.ts'
import type { Client } from '../session.ts'

export const ocr: Command = {
  summary: 'Read scans: choose languages whose text is recognized in pictures',
  usage: 'list|fetch|use|off [language …]',
  options: {},
  help: `  list             The languages, which are here, and which are used
  fetch LANGUAGE…  Fetch the data of languages (1 to 3 MB each)
  use LANGUAGE…    Read scans in these languages from now on, the likeliest one first; PDF files without text are
                   read again when the app runs, or with "lagotto add" of their folder
  off              Read no scans any more; what was read stays

  LAGOTTO_OCR_DATA names another place than the usual one that the data is fetched from.`,
  async run(invocation) {
    const [action = '', ...codes] = invocation.positionals
    if (!['list', 'fetch', 'use', 'off'].includes(action)) {
      throw new UsageError(`${action ? `"${action}" is no action` : 'An action is missing'}: ${ocr.usage}`)
    }
    const takesLanguages = action === 'fetch' || action === 'use'
    if (takesLanguages && codes.length === 0) throw new UsageError('Name a language: "lagotto ocr list" shows them.')
    if (!takesLanguages && codes.length > 0) throw new UsageError(`"${action}" takes nothing more.`)
    const { withService } = await import('../session.ts')
    return withService(invocation, (client) => act(client, invocation, action, codes))
  },
}

async function act(client: Client, { terminal }: Invocation, action: string, codes: string[]): Promise<number> {
  if (action === 'fetch') for (const code of codes) await client.system.fetchOcrLanguage({ code })
  if (action === 'use' || action === 'off') await client.system.updateSettings({ ocr: codes })
  const { ocr: used } = await client.system.settings()
  const languages = (await client.system.ocrLanguages()).map((each) => ({ ...each, used: used.includes(each.code) }))
  for (const { code, name, sizeBytes, here, used } of languages) {
    const state = used ? (here ? 'used' : 'to be fetched') : here ? 'here' : `${(sizeBytes / 1e6).toFixed(1)} MB`
    terminal.print(`${code.padEnd(8)} ${name.padEnd(22)} ${state}`)
  }
  terminal.result({ languages })
  return 0
}
