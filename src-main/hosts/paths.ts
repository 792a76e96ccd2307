import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Whether this module runs as it was written, or bundled into out/main. */
const fromSource = import.meta.filename.endsWith('.ts')

/**
 * The folder of package.json: the checkout, or app.asar in a packaged app. Sources (src-main/hosts) and the flat build
 * (out/main) both lie two levels below it.
 */
export const appRoot = resolve(import.meta.dirname, '../..')

/** Where the built interface lies: index.html and its hashed assets. */
export const rendererDir = join(appRoot, 'out/renderer')

/** The sample library and the bundled models. A packaged app has them beside its archive: models are mapped, not read. */
export const resourcesDir = basename(appRoot).endsWith('.asar')
  ? join(dirname(appRoot), 'resources')
  : join(appRoot, 'resources')

/** The version in package.json. */
export function appVersion(): string {
  const { version } = JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as { version: string }
  return version
}

/**
 * The file of an entry point that runs as a process of its own.
 *
 * @param source its source, relative to src-main/hosts
 * @param built its name in out/main, without extension
 */
export function entryPoint(source: string, built: string): string {
  return fromSource ? join(import.meta.dirname, source) : join(import.meta.dirname, `${built}.js`)
}
