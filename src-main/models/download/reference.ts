import { appError } from '../../contract/index.ts'

/** Where a model comes from. */
export type ModelReference =
  | {
      kind: 'hub'
      /** `owner/name` */
      repository: string
      /** Branch, tag or commit. */
      revision: string
      /** Path of one file in the repository. */
      file: string | null
      /** Wanted quantization, such as `Q4_K_M`. */
      quantization: string | null
    }
  | { kind: 'url'; url: string }

const NAME = String.raw`[A-Za-z0-9][\w.-]*`
const HUB = new RegExp(`^hf:(${NAME}/${NAME})(?:@(${NAME}))?(?:/([^:]+)|:([\\w.-]+))?$`)

/**
 * Reads `hf:owner/name[@revision][:quantization]`, `hf:owner/name[@revision]/file.gguf` or the address of a file.
 *
 * @throws {AppError} INVALID_INPUT
 */
export function parseReference(text: string): ModelReference {
  const [, repository, revision = 'main', file = null, quantization = null] = HUB.exec(text) ?? []
  if (repository !== undefined && !file?.split('/').some((part) => part === '..' || part === '')) {
    return { kind: 'hub', repository, revision, file, quantization }
  }
  if (/^https?:\/\//i.test(text) && URL.canParse(text) && new URL(text).username === '') {
    return { kind: 'url', url: new URL(text).href }
  }
  throw appError(
    'INVALID_INPUT',
    `"${text}" names no model.`,
    'Write hf:owner/name, hf:owner/name:Q4_K_M, hf:owner/name/file.gguf, or the address of a .gguf file.',
  )
}
