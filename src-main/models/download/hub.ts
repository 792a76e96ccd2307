import { z } from 'zod'
import { appError } from '../../contract/index.ts'
import { type Network, persist, type Retrying } from '../../network/index.ts'
import { get, getJson, pageInstead } from './http.ts'
import { type ModelReference, parseReference } from './reference.ts'

/** Where the hub is, and who asks. */
export interface HubOptions {
  /** Without a slash at the end. */
  endpoint: string
  token: string | null
  retrying?: Retrying
  network?: Network
}

/** A file that can be fetched. */
export interface RemoteFile {
  /** Path in the repository, or the last part of the address. */
  name: string
  url: string
  /** 0: the server does not tell. */
  sizeBytes: number
  /** Of the content, hexadecimal; null where the server does not tell. */
  sha256: string | null
  /** The server's name for the content, where there is no hash to tell it from another. */
  etag: string | null
}

/** The files that make up one model. */
export interface RemoteModel {
  /** A stable name of what is fetched: the reference with its file or quantization. */
  reference: string
  /** `gguf`: one file or the parts of one; `checkpoint`: safetensors with their configuration, to be converted. */
  format: 'gguf' | 'checkpoint'
  /** Name of the folder that it is kept in. */
  folder: string
  files: RemoteFile[]
  sizeBytes: number
}

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.number().int().min(0),
    lfs: z.object({ oid: z.string(), size: z.number().int().min(0) }).nullish(),
  }),
)
type Tree = z.infer<typeof treeSchema>

/** Quantizations from the one that suits most machines to those that few want. */
const PREFERRED = ['Q4_K_M', 'Q5_K_M', 'Q4_K_S', 'Q6_K', 'Q8_0', 'Q4_0', 'Q3_K_M', 'F16', 'BF16', 'F32', 'Q2_K']
/** Parameters below this many keep their sense only when hardly quantized: those models are taken as Q8_0. */
const SMALL_BYTES_Q8 = 800e6
const PART = /-(\d{5})-of-(\d{5})\.gguf$/i
const CHECKPOINT_FILES =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|chat_template|model\.safetensors\.index)\.json$|^chat_template\.jinja$|^[^/]+\.safetensors$/

/** The hub of `HF_ENDPOINT` (else the public one), with the token of `HF_TOKEN`. */
export function hubOptions(env: NodeJS.ProcessEnv = process.env): HubOptions {
  return {
    endpoint: (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, ''),
    token: env['HF_TOKEN'] || null,
  }
}

/** How something is asked of a hub, or of another host: that one does not get the token. */
export function requestOf(hub: HubOptions, address: string, purpose: string, signal?: AbortSignal) {
  const { endpoint, token, retrying, network } = hub
  return {
    purpose,
    token: new URL(address).origin === new URL(endpoint).origin ? token : null,
    ...(retrying ? { retrying } : {}),
    ...(network ? { network } : {}),
    ...(signal ? { signal } : {}),
  }
}

async function tree(repository: string, revision: string, hub: HubOptions, signal?: AbortSignal): Promise<Tree> {
  const entries: Tree = []
  let next: string | null =
    `${hub.endpoint}/api/models/${repository}/tree/${encodeURIComponent(revision)}?recursive=true`
  while (next) {
    const { value, link } = await getJson(next, requestOf(hub, next, 'List the files of a model', signal))
    const page = treeSchema.safeParse(value)
    if (!page.success) {
      throw appError(
        'DOWNLOAD_DAMAGED',
        `The hub's list of the files of ${repository} cannot be read.`,
        'Try again later.',
        { detail: page.error.message },
      )
    }
    entries.push(...page.data.filter(({ type }) => type === 'file'))
    const found: string | null = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1] ?? null
    next = found && new URL(found, next).origin === new URL(hub.endpoint).origin ? new URL(found, next).href : null
  }
  return entries
}

/** `model-q4_k_m-00001-of-00002.gguf` → `Q4_K_M`; an empty string where the name does not tell. */
export function quantizationOf(name: string): string {
  const stem = name.replace(PART, '').replace(/\.gguf$/i, '')
  return (/(?:^|[-._/])(I?Q\d\w*|BF16|F16|FP16|F32)$/i.exec(stem)?.[1] ?? '').toUpperCase().replace('FP16', 'F16')
}

/** The first part (or the whole file) of each model among the files of a repository. */
function candidates(files: Tree): Tree {
  return files.filter(({ path }) => {
    if (!/\.gguf$/i.test(path) || /(^|[/-])(mmproj|imatrix)/i.test(path)) return false
    return (PART.exec(path)?.[1] ?? '00001') === '00001'
  })
}

function parts(first: Tree[number], files: Tree): Tree {
  const total = Number(PART.exec(first.path)?.[2] ?? 1)
  if (total === 1) return [first]
  const wanted = Array.from({ length: total }, (_, i) =>
    first.path.replace(PART, `-${String(i + 1).padStart(5, '0')}-of-${String(total).padStart(5, '0')}.gguf`),
  )
  return wanted.map((path) => {
    const part = files.find((file) => file.path === path)
    if (!part) throw appError('NOT_FOUND', `The repository lacks ${path}.`, 'Choose another quantization.')
    return part
  })
}

function choose(files: Tree, wanted: string | null, repository: string): Tree[number] | null {
  const all = candidates(files)
  if (wanted !== null) {
    const found = all.find(({ path }) => quantizationOf(path) === wanted.toUpperCase())
    if (found) return found
    const offered = [...new Set(all.map(({ path }) => quantizationOf(path)).filter(Boolean))].join(', ')
    throw appError(
      'NOT_FOUND',
      `${repository} has no ${wanted}.`,
      offered ? `Choose one of these: ${offered}.` : 'It has no quantized files at all.',
    )
  }
  const q8 = all.find(({ path }) => quantizationOf(path) === 'Q8_0')
  if (q8 && q8.size < SMALL_BYTES_Q8) return q8
  for (const name of PREFERRED) {
    const found = all.find(({ path }) => quantizationOf(path) === name)
    if (found) return found
  }
  return all[0] ?? null
}

/** A name that is one folder or file, wherever it came from. */
export const plain = (name: string): string => name.replace(/[^\w.-]+/g, '--').replace(/^\.+/, '')

async function fromHub(
  reference: Extract<ModelReference, { kind: 'hub' }>,
  hub: HubOptions,
  signal?: AbortSignal,
): Promise<RemoteModel> {
  const { repository, revision, file, quantization } = reference
  const files = await tree(repository, revision, hub, signal)
  const remote = ({ path, size, lfs }: Tree[number]): RemoteFile => ({
    name: path,
    url: `${hub.endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`,
    sizeBytes: lfs?.size ?? size,
    sha256: lfs?.oid.replace(/^sha256:/, '') ?? null,
    etag: null,
  })
  const named = file === null ? choose(files, quantization, repository) : files.find(({ path }) => path === file)
  const base = `hf:${repository}${revision === 'main' ? '' : `@${revision}`}`
  const folder = plain(repository)
  if (named) {
    if (!/\.gguf$/i.test(named.path))
      throw appError('MODEL_NOT_GGUF', `${named.path} is not a GGUF file.`, 'Choose a file that ends in .gguf.')
    const chosen = parts(named, files).map(remote)
    return {
      reference: `${base}/${named.path}`,
      format: 'gguf',
      folder,
      files: chosen,
      sizeBytes: chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    }
  }
  if (file !== null) throw appError('NOT_FOUND', `${repository} has no file ${file}.`, 'Check the name.')
  const wanted = files.filter(({ path }) => CHECKPOINT_FILES.test(path)).map(remote)
  if (!wanted.some(({ name }) => name.endsWith('.safetensors')) || !wanted.some(({ name }) => name === 'config.json')) {
    throw appError(
      'MODEL_UNSUPPORTED',
      `${repository} holds neither GGUF files nor a safetensors checkpoint.`,
      'Choose another repository.',
    )
  }
  return {
    reference: base,
    format: 'checkpoint',
    folder,
    files: wanted,
    sizeBytes: wanted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

/** Size of a file behind an address, asked for with a request for its first byte. */
async function fromUrl(address: string, hub: HubOptions, signal?: AbortSignal): Promise<RemoteModel> {
  const asking = requestOf(hub, address, 'Ask for the size of a model', signal)
  const { response, url } = await persist(
    () => get(address, { ...asking, headers: { range: 'bytes=0-0', 'accept-encoding': 'identity' } }),
    asking,
  )
  response.destroy()
  if (response.headers['content-type']?.startsWith('text/html')) throw pageInstead(url)
  const total = /\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]
  const sizeBytes = Number(response.statusCode === 206 ? total : response.headers['content-length']) || 0
  const { host, pathname } = new URL(address)
  const name = decodeURIComponent(pathname.split('/').at(-1) ?? '') || 'model.gguf'
  const etag = response.headers.etag ?? null
  const files = [{ name, url: address, sizeBytes, sha256: null, etag: etag?.startsWith('W/') ? null : etag }]
  return { reference: address, format: 'gguf', folder: plain(host), files, sizeBytes }
}

/**
 * Asks the hub what a reference stands for: files, sizes, hashes.
 *
 * @throws {AppError} INVALID_INPUT, NOT_FOUND, ACCESS_DENIED, DOWNLOAD_FAILED, DOWNLOAD_DAMAGED, MODEL_UNSUPPORTED
 */
export async function resolveModel(text: string, hub: HubOptions, signal?: AbortSignal): Promise<RemoteModel> {
  const reference = parseReference(text)
  return reference.kind === 'hub' ? fromHub(reference, hub, signal) : fromUrl(reference.url, hub, signal)
}
