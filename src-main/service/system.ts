import { readdir, stat } from 'node:fs/promises'
import { cpus, freemem, homedir, totalmem } from 'node:os'
import { dirname, extname, join, resolve } from 'node:path'
import { appError, backendSchema, type FolderListing, type Hardware, type SystemInfo } from '../contract/index.ts'
import { computeBackend, possibleBackends } from '../inference/index.ts'
import { freeSpace } from '../models/index.ts'

/** Facts about this computer and this process. */
export async function systemInfo(version: string, dataDir: string): Promise<SystemInfo> {
  const cores = cpus()
  return {
    version,
    pid: process.pid,
    dataDir,
    platform: process.platform,
    compute: await computeBackend(),
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
  }
}

/** The computer as far as models are concerned. */
export async function hardware(dataDir: string): Promise<Hardware> {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    freeMemoryBytes: process.availableMemory?.() ?? freemem(),
    freeDiskBytes: await freeSpace(dataDir),
    compute: backendSchema.nullable().parse(await computeBackend()),
    backends: possibleBackends(),
  }
}

/** Whether models compute on a graphics card here, as far as is known: before the first model was needed only of Apple's. */
export async function hasGraphicsCard(): Promise<boolean> {
  const compute = await computeBackend()
  return compute === null ? process.platform === 'darwin' && process.arch === 'arm64' : compute !== 'cpu'
}

/**
 * What is in a folder, folders first; hidden entries are left out.
 *
 * @param path absolute; a file stands for its folder; absent: the home folder
 * @param extensions with the dot; absent: all files
 * @throws {AppError} PATH_MISSING, PATH_UNREADABLE
 */
export async function browse(path?: string, extensions?: readonly string[]): Promise<FolderListing> {
  const wanted = resolve(path ?? homedir())
  const file = (await stat(wanted).catch(() => null))?.isFile() ? wanted : null
  const folder = file ? dirname(file) : wanted
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' || error.code === 'ENOTDIR'
      ? appError('PATH_MISSING', `There is no folder ${folder}.`, 'Check the path.')
      : appError('PATH_UNREADABLE', `The folder ${folder} cannot be read.`, 'Choose another folder.', {
          detail: error.message,
        })
  })
  const parent = dirname(folder)
  return {
    path: folder,
    parent: parent === folder ? null : parent,
    file,
    entries: entries
      .filter(({ name }) => !name.startsWith('.'))
      .flatMap((entry) => {
        const kind = entry.isDirectory() ? ('folder' as const) : entry.isFile() ? ('file' as const) : null
        if (kind === null) return []
        if (kind === 'file' && extensions && !extensions.includes(extname(entry.name).toLowerCase())) return []
        return [{ name: entry.name, path: join(folder, entry.name), kind }]
      })
      .sort((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === 'folder' ? -1 : 1)),
  }
}
