import type { Library } from '../../src-main/contract/index.ts'
import { Select } from './ui/field.tsx'

/** Chooses a library by its id. */
export function LibrarySelect({
  libraries,
  value,
  onChange,
  none,
  ...props
}: {
  id: string
  'aria-describedby'?: string | undefined
  wrapperClassName?: string
  libraries: readonly Pick<Library, 'id' | 'name'>[]
  value: string | undefined
  onChange: (id: string) => void
  /** What it means to choose none (the empty id); absent: one has to be chosen. */
  none?: string
}) {
  return (
    <Select {...props} value={value ?? ''} onChange={({ target }) => onChange(target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {libraries.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  )
}
