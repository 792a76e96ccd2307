import { readFile } from 'node:fs/promises'
import { type Catalogue, type CatalogueModel, catalogueSchema, type Model, type Offers } from '../contract/index.ts'
import { quantizationOf } from './download/hub.ts'
import { parseReference } from './download/reference.ts'
import { readSource } from './source.ts'
import { verdictOf } from './verdict.ts'

/** Reads the list of models that are known to work. @param path of `catalogue.json` */
export async function readCatalogue(path: string): Promise<Catalogue> {
  return catalogueSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}

/** Bytes per weight of common quantizations, averaged over small models. */
const BYTES_PER_WEIGHT: Record<string, number> = { Q4_K_M: 0.65, Q5_K_M: 0.75, Q8_0: 1.07, F16: 2 }
/** Checkpoints come in half precision and are converted to Q8_0. */
const CHECKPOINT_BYTES = 2
/** Context and working memory, as a share of the weights and at least so much. */
const BESIDES_SHARE = 0.2
const BESIDES_BYTES = 250e6

function sizesOf({ reference, parameters }: CatalogueModel): { downloadBytes: number; memoryBytes: number } {
  const parsed = parseReference(reference)
  const quantization = parsed.kind === 'hub' ? parsed.quantization : null
  const weights = parameters * (BYTES_PER_WEIGHT[quantization ?? 'Q8_0'] ?? 1)
  return {
    downloadBytes: Math.round(quantization === null ? parameters * CHECKPOINT_BYTES : weights),
    memoryBytes: Math.round(weights + Math.max(BESIDES_BYTES, BESIDES_SHARE * weights)),
  }
}

/** Whether a model's source (an address, or the folder it was converted from) is what a model of the catalogue refers to. */
function cameFrom(source: string, wanted: string): boolean {
  if (!source.startsWith('hf:')) return source === wanted
  const [a, b] = [source, wanted].map(parseReference)
  if (a?.kind !== 'hub' || b?.kind !== 'hub') return false
  if (a.repository !== b.repository) return false
  return b.quantization === null || (a.file !== null && quantizationOf(a.file) === b.quantization)
}

/** Whether some set of the catalogue has the one model as its student and the other as its teacher. */
export async function isStudentOf(catalogue: Catalogue, model: Model, other: Model): Promise<boolean> {
  const [one, two] = await Promise.all([model, other].map(({ path }) => readSource(path)))
  const isFrom = (source: typeof one, id: string): boolean => {
    const wanted = catalogue.models.find((each) => each.id === id)
    return source != null && wanted !== undefined && cameFrom(source.reference, wanted.reference)
  }
  return catalogue.sets.some(({ student, teacher }) => isFrom(one, student) && isFrom(two, teacher))
}

/** Computers tell a little less memory than is built in. */
const BUILT_IN_SHARE = 0.85

/** The catalogue, judged for a computer and the models on it. */
export async function offersOf(
  catalogue: Catalogue,
  models: readonly Model[],
  { totalMemoryBytes, graphicsCard }: { totalMemoryBytes: number; graphicsCard: boolean },
): Promise<Offers> {
  const sources = await Promise.all(models.map(async ({ id, path }) => ({ id, source: await readSource(path) })))
  const offers = catalogue.models.map((model) => {
    const sizes = sizesOf(model)
    const found = sources.find(({ source }) => source && cameFrom(source.reference, model.reference))
    return {
      ...model,
      ...sizes,
      verdict: verdictOf(sizes.memoryBytes, totalMemoryBytes),
      installedId: found?.id ?? null,
    }
  })
  const sets = catalogue.sets.map((set) => {
    const parts = offers.filter(({ id }) => [set.student, set.teacher, set.embedder].includes(id))
    const missing = parts.filter(({ installedId }) => installedId === null)
    const largest = Math.max(...parts.map(({ memoryBytes }) => memoryBytes))
    return {
      ...set,
      downloadBytes: missing.reduce((sum, { downloadBytes }) => sum + downloadBytes, 0),
      verdict: verdictOf(largest, totalMemoryBytes),
    }
  })
  const recommended =
    sets.findLast(
      (set) =>
        set.verdict === 'good' &&
        totalMemoryBytes >= BUILT_IN_SHARE * set.memoryBytes &&
        (graphicsCard || !set.graphicsCard),
    ) ?? sets[0]
  return { models: offers, sets, recommended: recommended?.id ?? '' }
}
