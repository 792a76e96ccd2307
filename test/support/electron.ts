import { rmSync } from 'node:fs'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { hasDisplay } from '../../src-main/hosts/display.ts'
import { findElectron } from '../../src-main/hosts/electron-runtime.ts'
import { repository, temporaryDir } from './app.ts'

/** Why the Electron shell cannot be tested on this machine; null where it can. */
export function whyNoElectron(): string | null {
  if (findElectron() === null) return 'the Electron runtime is not installed'
  return hasDisplay() ? null : 'there is no display'
}

/** The desktop app with its window. */
export interface Shell {
  app: ElectronApplication
  page: Page
  dataDir: string
  stop(): Promise<void>
}

/** Opens the built desktop app on a data folder, which `stop` deletes. */
export async function launchShell(dataDir = temporaryDir()): Promise<Shell> {
  const shell = await _electron.launch({
    executablePath: findElectron() ?? '',
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), repository, `--data-dir=${dataDir}`],
  })
  return {
    app: shell,
    page: await shell.firstWindow(),
    dataDir,
    async stop() {
      await shell.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
