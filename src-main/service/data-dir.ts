import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Where the app keeps its data unless told otherwise: `LAGOTTO_HOME`, else the platform's place for such things. */
export function defaultDataDir(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env['LAGOTTO_HOME']) return resolve(env['LAGOTTO_HOME'])
  switch (platform) {
    case 'win32':
      return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Lagotto')
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Lagotto')
    default:
      return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'lagotto')
  }
}
