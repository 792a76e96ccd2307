import { z } from 'zod'
import type { CheckpointConfig } from './config.ts'
import { damaged, unsupported } from './errors.ts'
import { bool, type GgufMetadata, text, u32 } from './gguf-format.ts'

/** The files of a checkpoint that say how text becomes tokens, parsed; null: not there. */
export interface TokenizerFiles {
  tokenizer: unknown
  tokenizerConfig: unknown
  generationConfig: unknown
  /** `chat_template.jinja` */
  chatTemplate: string | null
}

const tokenName = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish()
const tokenId = z.number().int().min(0)

const tokenizerSchema = z.object({
  model: z.object({
    type: z.string().optional(),
    // A record would lose the token "__proto__"; the ids are checked one by one.
    vocab: z.custom<Record<string, number>>((value) => typeof value === 'object' && value !== null),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    byte_fallback: z.boolean().nullish(),
  }),
  added_tokens: z.array(z.object({ id: tokenId, content: z.string(), special: z.boolean() })).default([]),
  pre_tokenizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
})

const tokenizerConfigSchema = z.object({
  bos_token: tokenName,
  eos_token: tokenName,
  pad_token: tokenName,
  unk_token: tokenName,
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
})

const generationSchema = z.object({ eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish() })

/** llama.cpp's token types (llama.h, `llama_token_type`). */
const TYPE = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const

const letters = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|`
const rest = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
/** llama.cpp's names of pre-tokenizers, by the regular expression in `tokenizer.json`. */
const PRE_TOKENIZERS: Record<string, string> = {
  [String.raw`${letters}\p{N}${rest}`]: 'qwen2',
  [String.raw`${letters}\p{N}{1,3}${rest}`]: 'llama-bpe',
}

type Part = { type?: unknown; pretokenizers?: unknown; pattern?: { Regex?: unknown }; use_regex?: unknown }

function preTokenizer(value: unknown): string {
  const whole = (value ?? {}) as Part
  const parts = (Array.isArray(whole.pretokenizers) ? whole.pretokenizers : [whole]) as Part[]
  if (!parts.some(({ type }) => type === 'ByteLevel'))
    throw unsupported('The tokenizer of this checkpoint does not work on bytes.', JSON.stringify(value))
  const pattern = parts.find(({ type }) => type === 'Split')?.pattern?.Regex
  if (pattern === undefined && parts.some(({ use_regex }) => use_regex !== false)) return 'gpt-2'
  const name = typeof pattern === 'string' ? PRE_TOKENIZERS[pattern] : undefined
  if (!name)
    throw unsupported('The tokenizer of this checkpoint splits text in a way that is not known.', String(pattern))
  return name
}

/** Whether the tokenizer puts this token before each text (a `TemplateProcessing` step). */
function startsWith(processor: unknown, token: string | null | undefined): boolean {
  const { type, processors, single } = (processor ?? {}) as { type?: unknown; processors?: unknown; single?: unknown }
  if (Array.isArray(processors)) return processors.some((each) => startsWith(each, token))
  if (type !== 'TemplateProcessing' || !Array.isArray(single)) return false
  const id = (single[0] as { SpecialToken?: { id?: unknown } } | undefined)?.SpecialToken?.id
  return id !== undefined && id === token
}

/** Not all makers mark their control tokens as special. */
const looksSpecial = (token: string): boolean => /^<\|.*\|>$|^<｜.*｜>$|^<(pad|mask|unused\d*)>$/.test(token)

const checked = <T>(schema: z.ZodType<T>, value: unknown, file: string): T => {
  const result = schema.safeParse(value)
  if (!result.success) throw damaged(file, result.error.message.slice(0, 2000))
  return result.data
}

function templateOf(files: TokenizerFiles, template: z.infer<typeof tokenizerConfigSchema>['chat_template']) {
  if (files.chatTemplate !== null) return files.chatTemplate
  if (!Array.isArray(template)) return template ?? null
  return (template.find(({ name }) => name === 'default') ?? template[0])?.template ?? null
}

/**
 * The tokenizer of a checkpoint as llama.cpp's metadata: the same tokens, merges and kinds that llama.cpp's own
 * converter writes for byte-level BPE.
 *
 * @throws {AppError} CHECKPOINT_DAMAGED, MODEL_UNSUPPORTED
 */
export function tokenizerMetadata(files: TokenizerFiles, config: CheckpointConfig): GgufMetadata {
  const type = (files.tokenizer as { model?: { type?: unknown; byte_fallback?: unknown } } | null)?.model
  if (!files.tokenizer) throw unsupported('This checkpoint has no tokenizer.json.')
  if ((type?.type ?? 'BPE') !== 'BPE' || type?.byte_fallback === true)
    throw unsupported(`The tokenizer of this checkpoint is no byte-level BPE.`, String(type?.type))
  const { model, added_tokens, pre_tokenizer, post_processor } = checked(
    tokenizerSchema,
    files.tokenizer,
    'tokenizer.json',
  )
  const settings = checked(tokenizerConfigSchema, files.tokenizerConfig ?? {}, 'tokenizer_config.json')
  const generation = checked(generationSchema, files.generationConfig ?? {}, 'generation_config.json')

  const tokens = Array.from({ length: config.vocabulary }, (_, id) => `[PAD${id}]`)
  const types = new Array<number>(config.vocabulary).fill(TYPE.unused)
  const ids = new Map<string, number>()
  const put = (token: string, id: number, kind: number): void => {
    if (!Number.isInteger(id) || id < 0 || id >= config.vocabulary)
      throw damaged('tokenizer.json', `token ${id}, and a vocabulary of ${config.vocabulary}`)
    tokens[id] = token
    types[id] = kind
    ids.set(token, id)
  }
  for (const [token, id] of Object.entries(model.vocab)) put(token, id, TYPE.normal)
  for (const { id, content, special } of added_tokens)
    put(content, id, special || looksSpecial(content) ? TYPE.control : TYPE.userDefined)
  const merges = model.merges.map((merge) =>
    typeof merge === 'string' ? merge : merge.map((part) => part.replaceAll(' ', 'Ġ')).join(' '),
  )

  const endings = generation.eos_token_id
  const named = (token: string | null | undefined): number | null => ids.get(token ?? '') ?? null
  const bos = named(settings.bos_token) ?? config.bos
  const eos = named(settings.eos_token) ?? (Array.isArray(endings) ? endings[0] : endings) ?? config.eos
  const special = (key: string, id: number | null): GgufMetadata =>
    id === null || id >= config.vocabulary ? {} : { [`tokenizer.ggml.${key}_token_id`]: u32(id) }
  const template = templateOf(files, settings.chat_template)
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text(preTokenizer(pre_tokenizer)),
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.token_type': { type: 'i32s', value: types },
    'tokenizer.ggml.merges': { type: 'strings', value: merges },
    ...special('bos', bos),
    ...special('eos', eos),
    ...special('padding', named(settings.pad_token)),
    ...special('unknown', named(settings.unk_token)),
    'tokenizer.ggml.add_bos_token': bool(
      settings.add_bos_token ?? (bos !== null && startsWith(post_processor, tokens[bos])),
    ),
    'tokenizer.ggml.add_eos_token': bool(settings.add_eos_token ?? false),
    ...(template ? { 'tokenizer.chat_template': text(template) } : {}),
  }
}
