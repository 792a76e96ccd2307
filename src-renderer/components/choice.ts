import type { Library, Model } from '../../src-main/contract/index.ts'
import { useLibraries, useModels, useSettings } from '../api/queries.ts'

/** What a question goes to: the library and the model of the settings, or the first that will do. */
export interface Choice {
  library: Library | null
  model: Model | null
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
  const models = (all ?? []).filter((model) => model.role === 'chat')
  return {
    library: libraries?.find(({ id }) => id === settings?.libraryId) ?? libraries?.[0] ?? null,
    model:
      models.find(({ id }) => id === settings?.modelId) ??
      models.find(({ error, remote }) => error === null && remote === null) ??
      models[0] ??
      null,
    libraries: libraries ?? [],
    models,
    loaded: settings !== undefined && libraries !== undefined && all !== undefined,
  }
}
