import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { appError } from '../contract/index.ts'

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** A file of the interface, ready to be sent. */
export interface Asset {
  read(): Buffer
  headers: Record<string, string>
}

/** The files of the interface by their path in the URL. */
export interface Assets {
  /** The file at a URL path, `/` being the page; null when there is none. The page keeps its own place in the hash. */
  find(pathname: string): Asset | null
}

/**
 * Lists the built interface once. Only what was listed can be asked for, so no path leads out of the folder.
 *
 * @throws {AppError} INTERNAL when the interface was not built
 */
export function readAssets(dir: string): Assets {
  const files = new Map<string, Asset>()
  for (const entry of listFiles(dir)) {
    const path = join(entry.parentPath, entry.name)
    const pathname = `/${relative(dir, path).split(sep).join('/')}`
    files.set(pathname, {
      read: () => readFileSync(path),
      headers: {
        'content-type': contentTypes[extname(path)] ?? 'application/octet-stream',
        // Vite puts a hash of the content into the names below assets/.
        'cache-control': pathname.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache',
      },
    })
  }
  if (!files.has('/index.html')) throw notBuilt(dir)
  return { find: (pathname) => files.get(pathname === '/' ? '/index.html' : pathname) ?? null }
}

function listFiles(dir: string) {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  } catch (cause) {
    throw notBuilt(dir, cause)
  }
}

function notBuilt(dir: string, cause?: unknown) {
  return appError('INTERNAL', 'The interface has not been built yet.', 'Run `npm run build` and start again.', {
    detail: dir,
    cause,
  })
}

/**
 * The policy of our page: its own scripts, styles and fonts, no frames, no forms, no other server.
 *
 * @param connect origins that the page may talk to, besides its own
 */
export function contentSecurityPolicy(connect: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...connect].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Headers of everything that we send, wherever it comes from. */
export const securityHeaders: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
