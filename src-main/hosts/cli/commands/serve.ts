import type { ErrorValue } from '../../../contract/index.ts'
import { type Command, integer } from '../command.ts'

export const serve: Command = {
  summary: 'Serve the app to the browser on this computer',
  usage: '[--port N] [--open]',
  options: { port: { type: 'string' }, open: { type: 'boolean' } },
  help: `  --port N         The port (any free one)
  --open           Open the browser, where there is one
The address holds a secret of this start: only who has it gets in. Ctrl+C stops it.`,
  async run({ values, terminal, dataDir, signal }) {
    const port = integer(values, 'port', 0, 65_535) ?? 0
    const [{ serve: start }, { ensureBuilt }, { openBrowser }] = await Promise.all([
      import('../../web/index.ts'),
      import('../../build.ts'),
      import('../../display.ts'),
    ])
    await ensureBuilt()
    const over = Promise.withResolvers<ErrorValue | null>()
    signal.addEventListener('abort', () => over.resolve(null))
    const served = await start({
      dataDir,
      port,
      onNotice: (line) => terminal.note(line),
      onGaveUp: (error) => over.resolve(error),
    })
    if (terminal.json) {
      terminal.result({ url: served.url, port: served.port, pid: process.pid, servicePid: served.servicePid })
    } else {
      terminal.print(`Lagotto is at ${served.url} (Ctrl+C stops it)`)
    }
    if (values['open']) openBrowser(served.url)
    const error = await over.promise
    await served.stop()
    if (error === null) return 0
    terminal.fail(error)
    return 1
  },
}
