import { spawn } from 'node:child_process'

/** Whether there is a screen that a window or a browser could open on. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** Opens the person's browser, if there is a screen for it; says nothing when that does not work. */
export function openBrowser(url: string): void {
  if (!hasDisplay()) return
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', url]
        : ['xdg-open', url]
  const opener = spawn(command ?? 'xdg-open', args, { stdio: 'ignore', detached: true })
  opener.on('error', () => undefined)
  opener.unref()
}
