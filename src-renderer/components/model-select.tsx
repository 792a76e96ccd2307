import type { Model } from '../../src-main/contract/index.ts'
import { modelSize } from './remote.ts'
import { Select } from './ui/field.tsx'

/** Chooses a model by its path. */
export function ModelSelect({
  models,
  value,
  onChange,
  unable = () => null,
  ...ids
}: {
  id: string
  'aria-describedby': string | undefined
  models: readonly Model[]
  value: string | undefined
  onChange: (path: string) => void
  /** Why a model cannot be chosen; null: it can. */
  unable?: (model: Model) => string | null
}) {
  return (
    <Select {...ids} value={value ?? ''} onChange={(event) => onChange(event.target.value)}>
      {value === undefined && <option value="">None installed</option>}
      {models.map((model) => {
        const why = unable(model)
        return (
          <option key={model.id} value={model.path} disabled={why !== null}>
            {model.name} ({why ?? modelSize(model)})
          </option>
        )
      })}
    </Select>
  )
}
