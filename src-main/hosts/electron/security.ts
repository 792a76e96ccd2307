import { app, type IpcMainEvent, type IpcMainInvokeEvent, protocol, session } from 'electron'
import { type Assets, contentSecurityPolicy, securityHeaders } from '../index.ts'
import { appHost, appOrigin, appScheme } from './channels.ts'

/** Declares our scheme. Must be called before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** Serves the interface under our scheme, with the same policy as the loopback host. Nothing else is ever loaded. */
export function serveInterface(assets: Assets): void {
  const headers = { ...securityHeaders, 'content-security-policy': contentSecurityPolicy() }
  protocol.handle(appScheme, ({ url }) => {
    const { host, pathname } = new URL(url)
    const asset = host === appHost ? assets.find(pathname) : null
    if (asset === null) return new Response(null, { status: 404, headers })
    return new Response(new Uint8Array(asset.read()), { headers: { ...headers, ...asset.headers } })
  })
}

/** Denies whatever a page could ask for: other pages, windows, devices, and every permission but copying text. */
export function lockDown(): void {
  app.on('web-contents-created', (_, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
  const allowed = 'clipboard-sanitized-write'
  session.defaultSession.setPermissionCheckHandler((_, permission) => permission === allowed)
  session.defaultSession.setPermissionRequestHandler((_, permission, decide) => decide(permission === allowed))
  session.defaultSession.setDevicePermissionHandler(() => false)
}

/** Whether a message comes from the top frame of our own page. */
export function isOurPage({ senderFrame, sender }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && senderFrame.url.startsWith(`${appOrigin}/`)
}
