import { type ReactNode, useId, useState } from 'react'
import type { SearchFilter } from '../../../src-main/contract/index.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { Input } from '../../components/ui/field.tsx'

/** What the fields of the filter hold, as typed. */
export interface FilterText {
  folder: string
  types: string
  after: string
  before: string
  title: string
}

export const noFilter: FilterText = { folder: '', types: '', after: '', before: '', title: '' }

const day = (text: string): number | undefined => (text === '' ? undefined : new Date(`${text}T00:00`).getTime())

/** The filter that the fields mean; undefined where all are empty. */
export function toFilter({ folder, types, after, before, title }: FilterText): SearchFilter | undefined {
  const wanted = types.split(/[\s,;]+/).filter(Boolean)
  const filter: SearchFilter = {
    folder: folder.trim() || undefined,
    types: wanted.length > 0 ? wanted : undefined,
    after: day(after),
    before: day(before),
    title: title.trim() || undefined,
  }
  return Object.values(filter).some((value) => value !== undefined) ? filter : undefined
}

/** Which documents are searched: folder, kind, date of the last change, name. Folded until someone wants it. */
export function SearchFilterFields({ value, onChange }: { value: FilterText; onChange: (value: FilterText) => void }) {
  const [open, setOpen] = useState(false)
  const active = toFilter(value) !== undefined
  const field = (name: keyof FilterText, label: string, placeholder: string, type = 'text') => (
    <Labelled label={label}>
      {(id) => (
        <Input
          id={id}
          type={type}
          className="w-full"
          placeholder={placeholder}
          value={value[name]}
          onChange={(event) => onChange({ ...value, [name]: event.target.value })}
        />
      )}
    </Labelled>
  )
  return (
    <div className="mt-2 text-[0.8125rem]">
      <Disclosure
        open={open}
        onToggle={() => setOpen(!open)}
        summary={active ? 'Only some documents (filter is on)' : 'Only some documents'}
      >
        <div className="mt-1 grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-3 pb-1">
          {field('folder', 'In the folder', 'bills/2025')}
          {field('types', 'Kinds of file', 'pdf, docx')}
          {field('title', 'Title or name contains', '')}
          {field('after', 'Changed on or after', '', 'date')}
          {field('before', 'Changed before', '', 'date')}
        </div>
      </Disclosure>
    </div>
  )
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId()
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs text-ink-2">
        {label}
      </label>
      {children(id)}
    </div>
  )
}
