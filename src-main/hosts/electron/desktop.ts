import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, BrowserWindow, dialog, ipcMain, MessageChannelMain, safeStorage } from 'electron'
import type { ErrorValue } from '../../contract/index.ts'
import { readAssets, rendererDir } from '../index.ts'
import { channels } from './channels.ts'
import { keychainKey } from './keychain.ts'
import { setMenu } from './menu.ts'
import { answerSecondStart, isAnswered } from './second-start.ts'
import { declareScheme, isOurPage, lockDown, serveInterface } from './security.ts'
import { type ShellService, startShellService } from './service.ts'
import { openWindow } from './window.ts'

/**
 * Runs the desktop app: one window, one service process, and nothing of the work itself. A second start brings the
 * window of the first one to the front, or says that it cannot.
 *
 * @param dataDir absolute path; null: the platform's
 */
export function runDesktop(dataDir: string | null): void {
  declareScheme()
  // The lock against a second start lies in this folder: two data folders may have a window each.
  if (dataDir !== null) {
    const windowDir = join(dataDir, 'window')
    mkdirSync(windowDir, { recursive: true })
    app.setPath('userData', windowDir)
  }
  const id = randomUUID()
  if (!app.requestSingleInstanceLock({ id })) {
    void endSecondStart(id)
    return
  }
  app.on('second-instance', (_event, _args, _folder, start) => {
    showWindow()
    answerSecondStart(app.getPath('userData'), start)
  })
  app.on('activate', showWindow)
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  void app.whenReady().then(() => {
    lockDown()
    setMenu()
    serveInterface(readAssets(rendererDir))
    const secretKey = keychainKey(safeStorage, app.getPath('userData'))
    const service = startShellService({ dataDir, secretKey }, tellGaveUp)
    service.started.catch(failToStart)
    answerPage(service)
    stopBeforeQuit(service)
    openWindow()
  })
}

function showWindow(): void {
  if (!app.isReady()) return
  const [window] = BrowserWindow.getAllWindows()
  if (!window) openWindow()
  else {
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    app.focus({ steal: true })
  }
}

/** The first start has the data folder. When its window does not come to the front, the person hears why nothing opens. */
async function endSecondStart(id: string): Promise<void> {
  if (!(await isAnswered(app.getPath('userData'), id))) {
    await app.whenReady()
    dialog.showErrorBox(
      'Lagotto is already running with this data folder, but its window does not answer.',
      'Wait a moment and start Lagotto again. If that does not help, end it in the list of running programs first.',
    )
  }
  app.quit()
}

function answerPage(service: ShellService): void {
  ipcMain.on(channels.connect, (event) => {
    if (!isOurPage(event)) return
    const { port1, port2 } = new MessageChannelMain()
    service.connect(port1)
    event.senderFrame?.postMessage(channels.port, null, [port2])
  })
  ipcMain.handle(channels.pickPaths, async (event, kind: unknown) => {
    const window = BrowserWindow.fromWebContents(event.sender)
    if (!isOurPage(event) || window === null) return []
    const { filePaths } = await dialog.showOpenDialog(window, {
      properties: kind === 'folder' ? ['openDirectory', 'multiSelections'] : ['openFile', 'multiSelections'],
    })
    return filePaths
  })
}

/** Lets the service finish what it is writing before the app ends. */
function stopBeforeQuit(service: ShellService): void {
  let stopped = false
  app.on('will-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    void service.stop().finally(() => {
      stopped = true
      app.quit()
    })
  })
}

function tellGaveUp(error: ErrorValue): void {
  for (const window of BrowserWindow.getAllWindows()) window.webContents.send(channels.gaveUp)
  dialog.showErrorBox(error.message, error.action)
}

function failToStart(error: unknown): void {
  const value = (error as { value?: ErrorValue }).value
  dialog.showErrorBox(value?.message ?? 'Lagotto could not start.', value?.action ?? String(error))
  app.exit(1)
}
