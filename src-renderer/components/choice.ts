import { useQuery } from '@tanstack/react-query'
import type { Library, Model, Promotion } from '../../src-main/contract/index.ts'
import { queries, useLibraries, useModels, useSettings } from '../api/queries.ts'

/** What a question goes to: the library and the model of the settings, or the first that will do. */
export interface Choice {
  library: Library | null
  model: Model | null
  /** What was promoted for the library, and whether it answers: it does unless a person chose a model instead. */
  taught: Promotion | null
  asksTaught: boolean
  libraries: readonly Library[]
  /** Models that can answer. */
  models: readonly Model[]
  /** False until everything above is known. */
  loaded: boolean
}

/** The library and the model that the next question goes to. */
export function useChoice(): Choice {
  const { data: settings } = useSettings()
  const { data: libraries } = useLibraries()
  const { data: all } = useModels()
  const { data: promotions } = useQuery(queries.promotions())
  const models = (all ?? []).filter((model) => model.role === 'chat')
  const library = libraries?.find(({ id }) => id === settings?.libraryId) ?? libraries?.[0] ?? null
  const taught = promotions?.find((one) => one.current && one.library.id === library?.id) ?? null
  return {
    library,
    taught,
    asksTaught: taught !== null && !settings?.untaughtLibraries.includes(taught.library.id),
    model:
      models.find(({ id }) => id === settings?.modelId) ??
      models.find(({ error, remote }) => error === null && remote === null) ??
      models[0] ??
      null,
    libraries: libraries ?? [],
    models,
    loaded: settings !== undefined && libraries !== undefined && all !== undefined && promotions !== undefined,
  }
}
