import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/**
 * `node native/build.ts`: compiles the training engine with the machine's C++ compiler into native/build/lagotto.node.
 * `npm install` runs it with `--optional`: without a compiler it says what to install and succeeds, and the app runs
 * without training. `--sanitize` builds native/build/sanitized instead, with checks of addresses and undefined behavior.
 *
 * ggml is not compiled: its headers come from the source bundle inside node-llama-cpp, its libraries are opened at run
 * time from the platform package.
 */
const native = import.meta.dirname
const root = resolve(native, '..')
const optional = process.argv.includes('--optional')
const sanitize = process.argv.includes('--sanitize')
const force = process.argv.includes('--force')
const build = join(native, sanitize ? 'build/sanitized' : 'build')
const target = join(build, 'lagotto.node')
const objects = join(build, 'objects')
const headers = join(native, 'build/headers')

/** Instruction sets of files that are compiled for newer processors and chosen at run time. */
const INSTRUCTION_SETS: Record<string, string[]> = {
  'kernels/avx2.cpp': ['-mavx2', '-mfma', '-mf16c'],
  'kernels/avx512.cpp': ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma'],
  'kernels/avx512_bf16.cpp': ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx512bf16', '-mfma'],
}

class BuildError extends Error {}

const packageDir = (name: string): string => join(root, 'node_modules', name)

function run(command: string, args: string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new BuildError(`${command} failed: ${error?.message ?? stderr}`)
}

/** Takes ggml's headers out of node-llama-cpp's source bundle. @returns ggml's version */
function extractHeaders(): string {
  const bundle = join(packageDir('node-llama-cpp'), 'llama/gitRelease.bundle')
  const stamp = join(headers, 'bundle')
  const state = `${statSync(bundle).size}`
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== state) {
    rmSync(headers, { recursive: true, force: true })
    mkdirSync(dirname(headers), { recursive: true })
    run('git', ['clone', '-q', '--no-checkout', bundle, headers], tmpdir())
    run('git', ['checkout', '-q', 'HEAD', '--', 'ggml/include', 'ggml/CMakeLists.txt'], headers)
    rmSync(join(headers, '.git'), { recursive: true, force: true })
    writeFileSync(stamp, state)
  }
  const cmake = readFileSync(join(headers, 'ggml/CMakeLists.txt'), 'utf8')
  const part = (name: string): string => new RegExp(`GGML_VERSION_${name} (\\d+)`).exec(cmake)?.[1] ?? '?'
  return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`
}

/** The compiler: $CXX, or the first of the usual ones that runs. */
function compiler(): string {
  const candidates = [process.env['CXX'], 'c++', 'g++', 'clang++'].filter((name) => name !== undefined)
  const found = candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0)
  if (found) return found
  const hint = {
    linux: 'install g++ (Debian: `apt-get install g++`)',
    darwin: 'install the command line tools (`xcode-select --install`)',
    win32: 'install LLVM with clang++ (`winget install LLVM.LLVM`) and the Windows SDK',
  }[process.platform as string]
  throw new BuildError(`no C++ compiler was found: ${hint ?? 'install a C++20 compiler'}`)
}

function flags(version: string): string[] {
  return [
    '-std=c++20',
    ...(sanitize ? ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined'] : ['-O2', '-DNDEBUG']),
    '-ffp-contract=fast',
    '-fPIC',
    '-fvisibility=hidden',
    '-Wall',
    '-Wextra',
    '-Werror',
    // Indices come from ggml as signed 64-bit numbers and meet size_t everywhere.
    '-Wno-sign-compare',
    '-DNAPI_VERSION=8',
    '-DNODE_ADDON_API_CPP_EXCEPTIONS',
    `-DLAGOTTO_GGML_VERSION="${version}"`,
    `-I${join(native, 'src')}`,
    ...[
      join(headers, 'ggml/include'),
      packageDir('node-addon-api'),
      join(packageDir('node-api-headers'), 'include'),
    ].flatMap((dir) => ['-isystem', dir]),
  ]
}

const sources = (): string[] =>
  readdirSync(join(native, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.cpp'))
    .map((file) => file.split('\\').join('/'))
    .filter((file) => process.arch === 'x64' || !(file in INSTRUCTION_SETS))

const changed = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** When the last of some files was changed; ms. */
const newest = (wanted: RegExp): number =>
  Math.max(
    ...readdirSync(native, { recursive: true, encoding: 'utf8' })
      .filter((file) => wanted.test(file) && !/^build[\\/]/.test(file))
      .map((file) => changed(join(native, file))),
  )

/** Compiles one file unless its object is newer than it and every header. */
function compile(cxx: string, common: string[], file: string, since: number): Promise<string> {
  const object = join(objects, `${file.replaceAll('/', '-')}.o`)
  const source = join(native, 'src', file)
  if (!force && changed(object) > Math.max(since, changed(source))) return Promise.resolve(object)
  const fast = !sanitize && file.startsWith('kernels/') ? ['-O3'] : []
  const args = [...common, ...fast, ...(INSTRUCTION_SETS[file] ?? []), '-c', source, '-o', object]
  return new Promise((done, fail) => {
    const child = spawn(cxx, args, { stdio: ['ignore', 'inherit', 'pipe'] })
    let output = ''
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', fail)
    child.on('close', (code) => (code === 0 ? done(object) : fail(new BuildError(`${file}:\n${output}`))))
  })
}

async function compileAll(cxx: string, common: string[], since: number): Promise<string[]> {
  const files = sources()
  const results: string[] = []
  const worker = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      results.push(await compile(cxx, common, file, since))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results.sort()
}

function link(cxx: string, inputs: string[]): void {
  const platform = {
    linux: ['-shared', '-ldl', '-pthread', ...(sanitize ? [] : ['-Wl,--strip-debug'])],
    darwin: ['-bundle', '-undefined', 'dynamic_lookup'],
    win32: ['-shared', '-lnode'],
  }[process.platform as string] ?? ['-shared']
  const fresh = `${target}.new`
  run(cxx, [...inputs, ...platform, ...(sanitize ? ['-fsanitize=address,undefined'] : []), '-o', fresh], build)
  // A process that has the old file open keeps it.
  renameSync(fresh, target)
}

try {
  if (!force && changed(target) > newest(/\.(cpp|h|ts)$/)) process.exit(0)
  const start = performance.now()
  const cxx = compiler()
  mkdirSync(objects, { recursive: true })
  const version = extractHeaders()
  link(cxx, await compileAll(cxx, flags(version), newest(/\.(h|ts)$/)))
  console.log(
    `built the training engine in ${((performance.now() - start) / 1000).toFixed(1)} s (ggml ${version}, ${cxx})`,
  )
} catch (error) {
  const message = error instanceof BuildError ? error.message : String(error instanceof Error ? error.stack : error)
  if (!optional) {
    console.error(message)
    process.exit(1)
  }
  const note = join(native, 'build/why-not.txt')
  mkdirSync(dirname(note), { recursive: true })
  writeFileSync(note, message)
  console.warn(`Training will not be available: ${message}\nEverything else works. Then run: npm run build:native`)
}
