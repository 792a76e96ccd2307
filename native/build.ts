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

const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma']
const AVX512_BF16 = [...AVX512, '-mavx512bf16']

/** Files for one kind of processor only; those for newer ones of a kind are chosen at run time. */
const PROCESSORS: Record<string, { arch: NodeJS.Architecture; flags: string[] }> = {
  'kernels/avx2.cpp': { arch: 'x64', flags: ['-mavx2', '-mfma', '-mf16c'] },
  'kernels/avx512.cpp': { arch: 'x64', flags: AVX512 },
  'kernels/avx512_bf16.cpp': { arch: 'x64', flags: AVX512_BF16 },
  'kernels/amx_bf16.cpp': { arch: 'x64', flags: [...AVX512_BF16, '-mamx-tile', '-mamx-bf16'] },
  'kernels/neon.cpp': { arch: 'arm64', flags: [] },
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
    ...(process.platform === 'win32' ? [] : ['-fPIC']),
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
    .filter((file) => (PROCESSORS[file]?.arch ?? process.arch) === process.arch)

const changed = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** Whether an object was made by this command from files that have not changed since; the compiler listed them. */
function isFresh(object: string, command: string): boolean {
  const list = `${object}.d`
  if (force || !existsSync(object) || !existsSync(list)) return false
  if (!existsSync(`${object}.command`) || readFileSync(`${object}.command`, 'utf8') !== command) return false
  const files = readFileSync(list, 'utf8')
    .replaceAll('\\\n', ' ')
    .split(/(?<!\\)\s+/)
    .slice(1)
  return files.filter(Boolean).every((file) => existsSync(file) && changed(file) < changed(object))
}

/** Compiles one file unless its object is fresh. */
function compile(cxx: string, common: string[], file: string): Promise<string> {
  const object = join(objects, `${file.replaceAll('/', '-')}.o`)
  const source = join(native, 'src', file)
  const fast = !sanitize && file.startsWith('kernels/') ? ['-O3'] : []
  const flags = [...common, ...fast, ...(PROCESSORS[file]?.flags ?? [])]
  const args = [...flags, '-MMD', '-MF', `${object}.d`, '-c', source, '-o', object]
  const command = [cxx, ...args].join(' ')
  if (isFresh(object, command)) return Promise.resolve(object)
  return new Promise((done, fail) => {
    const child = spawn(cxx, args, { stdio: ['ignore', 'inherit', 'pipe'] })
    let output = ''
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', fail)
    child.on('close', (code) => {
      if (code !== 0) return fail(new BuildError(`${file}:\n${output}`))
      writeFileSync(`${object}.command`, command)
      done(object)
    })
  })
}

async function compileAll(cxx: string, common: string[]): Promise<string[]> {
  const files = sources()
  const results: string[] = []
  const worker = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      results.push(await compile(cxx, common, file))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return results.sort()
}

/**
 * For Windows, where nothing may be left undefined: an import library of Node-API's functions, made from the list in
 * node-api-headers. They are looked up when they are first called, in whatever program runs (src/addon/windows_hook.cpp).
 */
function windowsImports(): string[] {
  const library = join(objects, 'node.lib')
  const machine = process.arch === 'arm64' ? 'arm64' : 'i386:x86-64'
  const list = join(packageDir('node-api-headers'), 'def/node_api.def')
  run('llvm-dlltool', ['-m', machine, '-d', list, '-l', library], build)
  return ['-shared', library, '-ldelayimp', '-Wl,-delayload:node.exe']
}

function link(cxx: string, inputs: string[]): void {
  const platforms: Record<string, () => string[]> = {
    linux: () => ['-shared', '-ldl', '-pthread', ...(sanitize ? [] : ['-Wl,--strip-debug'])],
    darwin: () => ['-bundle', '-undefined', 'dynamic_lookup'],
    win32: windowsImports,
  }
  const platform = platforms[process.platform]?.() ?? ['-shared']
  const fresh = `${target}.new`
  run(cxx, [...inputs, ...platform, ...(sanitize ? ['-fsanitize=address,undefined'] : []), '-o', fresh], build)
  // A process that has the old file open keeps it.
  renameSync(fresh, target)
}

try {
  const start = performance.now()
  const cxx = compiler()
  mkdirSync(objects, { recursive: true })
  const version = extractHeaders()
  const inputs = await compileAll(cxx, flags(version))
  if (inputs.some((object) => changed(object) > changed(target))) {
    link(cxx, inputs)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`built the training engine in ${seconds} s (ggml ${version}, ${cxx})`)
  }
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
