import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repository, temporaryDir } from './support/app.ts'

/** One import that the architecture forbids: where it is planted, and what it says. */
const forbidden: [file: string, code: string][] = [
  ['src-main/contract/planted-1.ts', "import '../store/index.ts'"],
  ['src-main/contract/planted-2.ts', "import 'node:fs'"],
  ['src-main/store/planted-1.ts', "import '../agent/index.ts'"],
  ['src-main/store/planted-2.ts', "import '../service/index.ts'"],
  ['src-main/agent/planted-1.ts', "import '../inference/index.ts'"],
  ['src-main/agent/planted-2.ts', "import '../store/index.ts'"],
  ['src-main/agent/planted-3.ts', "import 'electron'"],
  ['src-main/inference/planted-1.ts', "import '../agent/episode.ts'"],
  ['src-main/inference/planted-2.ts', "export * from '../models/index.ts'"],
  ['src-main/corpus/reading/planted-1.ts', "import '../../retrieval/index.ts'"],
  ['src-main/corpus/planted-2.ts', "import '../service/index.ts'"],
  ['src-main/retrieval/planted-1.ts', "await import('../corpus/index.ts')"],
  ['src-main/retrieval/planted-2.ts', "import '../store/index.ts'"],
  ['src-main/models/planted-1.ts', "import '../inference/index.ts'"],
  ['src-main/models/planted-2.ts', "import '../remote/index.ts'"],
  ['src-main/network/planted-1.ts', "import '../models/index.ts'"],
  ['src-main/network/planted-2.ts', "import '../store/index.ts'"],
  ['src-main/remote/planted-1.ts', "import '../agent/protocol.ts'"],
  ['src-main/remote/planted-2.ts', "import '../store/index.ts'"],
  ['src-main/hosts/planted-3.ts', "import '../remote/index.ts'"],
  ['src-main/evaluation/planted-1.ts', "import '../retrieval/index.ts'"],
  ['src-main/evaluation/planted-2.ts', "import '../agent/protocol.ts'"],
  ['src-main/training/planted-1.ts', "import '../inference/index.ts'"],
  ['src-main/training/planted-2.ts', "import '../service/index.ts'"],
  ['src-main/training/planted-3.ts', "import 'electron'"],
  ['src-main/agent/planted-4.ts', "import '../training/engine.ts'"],
  ['src-main/evaluation/planted-3.ts', "import '../training/index.ts'"],
  ['src-main/service/planted-4.ts', "import '../training/engine.ts'"],
  ['src-main/hosts/planted-2.ts', "import '../training/index.ts'"],
  ['src-main/service/planted-1.ts', "import '../hosts/index.ts'"],
  ['src-main/service/planted-2.ts', "import '../agent/episode.ts'"],
  ['src-main/service/planted-3.ts', "import '../../src-renderer/main.tsx'"],
  ['src-main/hosts/planted-1.ts', "import '../agent/index.ts'"],
  ['src-main/hosts/web/planted-1.ts', "import 'electron'"],
  ['src-main/hosts/web/planted-2.ts', "import '../../service/router.ts'"],
  ['src-main/hosts/cli/commands/planted-1.ts', "import '../../../store/index.ts'"],
  ['src-main/hosts/electron/planted-1.ts', "import '../../retrieval/index.ts'"],
  ['src-renderer/planted-1.ts', "import '../src-main/service/index.ts'"],
  ['src-renderer/screens/planted-2.ts', "import '../../src-main/agent/ports.ts'"],
  ['src-renderer/api/planted-3.ts', "import 'node:fs'"],
  ['src-renderer/api/planted-4.ts', "import 'electron'"],
]

/** Imports that look alike and are right. */
const allowed: [file: string, code: string][] = [
  ['src-main/inference/planted-ok.ts', "import '../agent/ports.ts'"],
  ['src-main/corpus/reading/planted-ok.ts', "import '../../contract/index.ts'"],
  ['src-main/corpus/planted-ok.ts', "import '../store/index.ts'"],
  ['src-main/training/planted-ok.ts', "import '../store/index.ts'"],
  ['src-main/training/planted-ok-2.ts', "import '../agent/ports.ts'"],
  ['src-main/remote/planted-ok.ts', "import '../training/ports.ts'"],
  ['src-main/remote/planted-ok-2.ts', "import '../network/index.ts'"],
  ['src-main/service/planted-ok.ts', "import '../agent/index.ts'"],
  ['src-main/hosts/electron/planted-ok.ts', "import 'electron'"],
  ['src-main/hosts/web/planted-ok.ts', "import '../../service/index.ts'"],
  ['src-renderer/screens/planted-ok.ts', "import '../../src-main/contract/index.ts'"],
]

const rules = ['lint/style/noRestrictedImports', 'lint/suspicious/noImportCycles']

describe('the layers of the architecture', () => {
  const copy = temporaryDir()

  beforeAll(() => {
    for (const path of ['biome.json', 'src-main', 'src-renderer']) {
      cpSync(join(repository, path), join(copy, path), { recursive: true })
    }
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'), 'junction')
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  it('hold in the source as it is', () => {
    const { status, findings } = lint(copy)
    expect(findings).toEqual([])
    expect(status).toBe(0)
  })

  it('are broken by each planted import, and by nothing that is allowed', () => {
    plant(copy, [...forbidden, ...allowed])
    const { status, findings } = lint(copy)
    expect(status).not.toBe(0)
    const found = findings.filter(({ rule }) => rule === rules[0]).map(({ file }) => file)
    expect(found.sort()).toEqual(forbidden.map(([file]) => file).sort())
  })

  it('are broken by a circle of imports', () => {
    plant(copy, [
      ['src-main/agent/circle-1.ts', "import { b } from './circle-2.ts'\nexport const a = () => b"],
      ['src-main/agent/circle-2.ts', "import { a } from './circle-1.ts'\nexport const b = () => a"],
    ])
    const { findings } = lint(copy)
    const files = findings.filter(({ rule }) => rule === rules[1]).map(({ file }) => file)
    expect(files.sort()).toEqual(['src-main/agent/circle-1.ts', 'src-main/agent/circle-2.ts'])
  })
})

function plant(root: string, files: readonly [file: string, code: string][]): void {
  for (const [file, code] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), `${code}\n`)
  }
}

/** Runs the two rules over a tree. */
function lint(root: string): { status: number | null; findings: { rule: string; file: string }[] } {
  const only = rules.map((rule) => `--only=${rule.slice('lint/'.length)}`)
  const biome = join(repository, 'node_modules/@biomejs/biome/bin/biome')
  const { status, stdout } = spawnSync(
    process.execPath,
    [biome, 'lint', '--reporter=json', '--max-diagnostics=none', ...only, '.'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  const report = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[]
  }
  const findings = report.diagnostics.map(({ category, location: { path } }) => ({
    rule: category,
    file: (typeof path === 'string' ? path : path.file).split('\\').join('/'),
  }))
  return { status, findings }
}
