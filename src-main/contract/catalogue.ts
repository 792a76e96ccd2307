import { z } from 'zod'
import { modelSchema } from './model.ts'

/** How well something runs on a computer: well; when little else does; not at all. */
export const fitVerdictSchema = z.enum(['good', 'tight', 'no'])

/** What a model of the catalogue is for. */
export const catalogueRoleSchema = z.enum(['search-agent', 'student', 'teacher', 'embedder', 'reranker'])
export type CatalogueRole = z.infer<typeof catalogueRoleSchema>

/** A model that is known to work. Names, sizes and hashes of its files are the hub's to tell. */
export const catalogueModelSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: catalogueRoleSchema,
  /** What `models.download` takes. */
  reference: z.string(),
  license: z.string(),
  /** BCP 47; `multi`: many. */
  languages: z.array(z.string()),
  contextLength: z.number().int(),
  /** Number of weights. */
  parameters: z.number(),
  /** Models of the same family share a vocabulary: what a student can learn from a teacher of. */
  tokenizer: z.string(),
  /** Given only to people who accepted its conditions on the hub. */
  gated: z.boolean(),
  goodFor: z.string(),
})
export type CatalogueModel = z.infer<typeof catalogueModelSchema>

/** Models that work well together on a kind of computer, by their ids. */
export const catalogueSetSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** The computer that it is made for. */
  memoryBytes: z.number(),
  graphicsCard: z.boolean(),
  student: z.string(),
  teacher: z.string(),
  embedder: z.string(),
})
export type CatalogueSet = z.infer<typeof catalogueSetSchema>

export const catalogueSchema = z
  .object({ models: z.array(catalogueModelSchema), sets: z.array(catalogueSetSchema) })
  .superRefine(({ models, sets }, context) => {
    const byId = new Map(models.map((model) => [model.id, model]))
    for (const { id, student, teacher, embedder } of sets) {
      const missing = [student, teacher, embedder].filter((part) => !byId.has(part))
      if (missing.length > 0) context.addIssue(`${id} names unknown models: ${missing.join(', ')}`)
      else if (byId.get(student)?.tokenizer !== byId.get(teacher)?.tokenizer)
        context.addIssue(`student and teacher of ${id} do not share a tokenizer`)
    }
  })
export type Catalogue = z.infer<typeof catalogueSchema>

/** A model of the catalogue as it is offered on this computer. Bytes are estimates: nobody was asked yet. */
export const offerSchema = catalogueModelSchema.extend({
  downloadBytes: z.number(),
  memoryBytes: z.number(),
  verdict: fitVerdictSchema,
  /** The model in the list that came from here; null: it is not here. */
  installedId: z.string().nullable(),
})
export type Offer = z.infer<typeof offerSchema>

/** A set of the catalogue as it is offered on this computer. */
export const setOfferSchema = catalogueSetSchema.extend({
  /** Of what is not here yet. */
  downloadBytes: z.number(),
  verdict: fitVerdictSchema,
})
export type SetOffer = z.infer<typeof setOfferSchema>

export const offersSchema = z.object({
  models: z.array(offerSchema),
  sets: z.array(setOfferSchema),
  /** The set to begin with: the largest that is made for a computer like this one. */
  recommended: z.string(),
})
export type Offers = z.infer<typeof offersSchema>

/** How the weights of a converted model are stored. */
export const weightTypeSchema = z.enum(['F32', 'F16', 'BF16', 'Q8_0'])
export type WeightType = z.infer<typeof weightTypeSchema>

/** The hub that models are fetched from, and whether it knows who asks. */
export const hubAccessSchema = z.object({
  endpoint: z.string(),
  /** `environment`: `HF_TOKEN`, which comes before a token that is kept. The token itself is never told. */
  token: z.enum(['none', 'kept', 'environment']),
  /** Where a token is kept: in the system's keychain, or in a file that only this user can read. */
  keptIn: z.enum(['keychain', 'file']),
})
export type HubAccess = z.infer<typeof hubAccessSchema>

/** Whether and how well a model would run on this computer. Bytes. */
export const fitSchema = z.object({
  reference: z.string(),
  format: z.enum(['gguf', 'checkpoint']),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number(), sha256: z.string().nullable() })),
  /** To be fetched; 0 for a file that is here. */
  downloadBytes: z.number(),
  /** On disk while it is fetched and converted. */
  diskBytes: z.number(),
  freeDiskBytes: z.number(),
  weightsBytes: z.number(),
  /** Keys and values of `contextLength` tokens; null: the model does not tell its shape. */
  contextBytes: z.number().nullable(),
  contextLength: z.number().int(),
  /** Weights, context and working memory. */
  memoryBytes: z.number(),
  /** To teach it: weights, an adapter, and a step over one episode of `contextLength` tokens; null: it cannot be taught. */
  trainingBytes: z.number().nullable(),
  totalMemoryBytes: z.number(),
  /** What it should write per second on the processor, roughly; a graphics card is faster. Null: it cannot be told. */
  tokensPerSecond: z.number().nullable(),
  verdict: fitVerdictSchema,
  /** The verdict in a sentence. */
  summary: z.string(),
})
export type Fit = z.infer<typeof fitSchema>

/** What a model and an adapter can be written as. */
export const exportSchema = z.discriminatedUnion('format', [
  z.object({
    /** An adapter for Python: `adapter_config.json` and `adapter_model.safetensors`. */
    format: z.literal('peft'),
    modelId: z.string(),
    /** Path of the adapter file. */
    adapter: z.string().min(1),
    /** Folder to write to. */
    to: z.string().min(1),
  }),
  z.object({
    /** A whole model, the adapter merged into its weights. */
    format: z.literal('gguf'),
    modelId: z.string(),
    adapter: z.string().min(1).nullable(),
    /** File to write. */
    to: z.string().min(1),
    type: z.enum(['f32', 'f16', 'bf16', 'q8_0', 'q6_K', 'q4_K']),
  }),
])
export type Export = z.infer<typeof exportSchema>

/** Where a model was fetched from. */
export const modelSourceSchema = z.object({
  reference: z.string(),
  sha256: z.string().nullable(),
  /** Of a model that is split over several files: all of them, in order. */
  parts: z.array(z.object({ name: z.string(), sha256: z.string().nullable() })).optional(),
  /** ms since 1970 */
  fetchedAt: z.number(),
})
export type ModelSource = z.infer<typeof modelSourceSchema>

/** Whether a model's files are what they were when they came. */
export const verificationSchema = z.object({
  files: z.array(
    z.object({
      name: z.string(),
      sha256: z.string(),
      /** The checksum that it came with; null: none is known. */
      expected: z.string().nullable(),
    }),
  ),
  /** Null: no checksum is known to compare with. */
  intact: z.boolean().nullable(),
})
export type Verification = z.infer<typeof verificationSchema>

/** All that is known about an installed model. */
export const modelDetailsSchema = z.object({
  model: modelSchema,
  source: modelSourceSchema.nullable(),
  /** What depends on it, in sentences. */
  uses: z.array(z.string()),
  layers: z.number().int().nullable(),
  embeddingLength: z.number().int().nullable(),
  vocabulary: z.number().int().nullable(),
  /** `gpt2`, `llama`, … and the pre-tokenizer. */
  tokenizer: z.string().nullable(),
  chatTemplate: z.string().nullable(),
  /** Everything in the file's header, long values cut. */
  metadata: z.array(z.object({ key: z.string(), value: z.string() })),
})
export type ModelDetails = z.infer<typeof modelDetailsSchema>
