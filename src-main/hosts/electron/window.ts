import { join } from 'node:path'
import { app, BrowserWindow, screen } from 'electron'
import { afterDeath, appRoot, resourcesDir } from '../index.ts'
import { appOrigin } from './channels.ts'
import { readWindowState, smallestWindow, writeWindowState } from './window-state.ts'

/** Opens the window where it was the last time. Its page is sandboxed and can neither leave nor open anything. */
export function openWindow(): BrowserWindow {
  const stateFile = join(app.getPath('userData'), 'window.json')
  const state = readWindowState(
    stateFile,
    screen.getAllDisplays().map(({ workArea }) => workArea),
  )
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    ...state.bounds,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    title: 'Lagotto',
    icon: join(resourcesDir, 'icons/icon.png'),
    show: false,
    webPreferences: {
      preload: join(appRoot, 'out/preload/index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (state.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () =>
    writeWindowState(stateFile, { bounds: window.getNormalBounds(), maximized: window.isMaximized() }),
  )
  reloadAfterCrash(window)
  void window.loadURL(`${appOrigin}/`)
  return window
}

/** A page whose process died is loaded again, as often as the service would be. */
function reloadAfterCrash(window: BrowserWindow): void {
  let restarts: number[] = []
  window.webContents.on('render-process-gone', (_, { reason }) => {
    const decision = afterDeath(restarts, performance.now())
    restarts = decision.restarts
    if (reason !== 'clean-exit' && decision.restart) window.reload()
  })
}
