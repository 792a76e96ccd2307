import type { Contestant, Model, Run } from '../../src-main/contract/index.ts'
import { baseName } from './format.ts'

/** A place in a comparison, before it starts. */
export interface Seat {
  key: string
  /** Path of the model's file. */
  model: string
  adapter: string | null
  /** The training that made it, where one did: its name is shown. */
  taught?: Taught
}

/** The best weights of a training that is over: an adapter over its student, or a model of their own. */
export interface Taught {
  runId: string
  name: string
  /** ms since 1970: when the training began. */
  createdAt: number
  model: string
  adapter: string | null
}

/** What trainings here made. */
export function taughtHere(runs: readonly Pick<Run, 'id' | 'dir' | 'state' | 'manifest'>[]): Taught[] {
  return runs.flatMap(({ id, dir, state, manifest: { name, createdAt, student, config } }): Taught[] => {
    if (state !== 'finished') return []
    const weights = (file: string) => [dir, 'weights', file].join(dir.includes('\\') ? '\\' : '/')
    return config.tuning.mode === 'lora'
      ? [{ runId: id, name, createdAt, model: student.path, adapter: weights('best-adapter.gguf') }]
      : [{ runId: id, name, createdAt, model: weights('best-model.gguf'), adapter: null }]
  })
}

/** What trainings made of a model: of itself, and of what earlier ones of these had made of it. */
export function taughtFrom(runs: Parameters<typeof taughtHere>[0], path: string | undefined): Taught[] {
  return taughtHere(runs.filter(({ manifest }) => manifest.student.path === path)).flatMap((made) =>
    made.adapter === null ? [made, ...taughtFrom(runs, made.model)] : [made],
  )
}

/** Names everybody by model and adapter; equal names are numbered, so that each can be told from the others. */
export function labelled(seats: readonly Seat[], models: readonly Model[]): Contestant[] {
  const names = seats.map(({ model, adapter, taught }) => {
    if (taught) return taught.name
    const name = models.find(({ path }) => path === model)?.name ?? baseName(model)
    return adapter === null ? name : `${name} + ${baseName(adapter).replace(/\.gguf$/i, '')}`
  })
  return seats.map(({ model, adapter }, i) => {
    const name = names[i] ?? ''
    const twins = names.filter((other) => other === name).length
    const number = names.slice(0, i + 1).filter((other) => other === name).length
    return { label: twins > 1 ? `${name} (${number})` : name, model, adapter }
  })
}

/** The smallest and the largest model, to begin with, never one on a server; of equals the one that is in use comes last. */
export function firstSeats(models: readonly Model[], inUse: Model | null): readonly Seat[] {
  const local = models.filter(({ remote }) => remote === null)
  const sorted = local.toSorted(
    (a, b) => a.parameters - b.parameters || Number(a.id === inUse?.id) - Number(b.id === inUse?.id),
  )
  const pair = sorted.length > 1 ? [sorted[0], sorted.at(-1)] : [sorted[0], sorted[0]]
  return pair.flatMap((model, i) => (model ? [{ key: `first-${i}`, model: model.path, adapter: null }] : []))
}

/** A, B, C, D: what contestants are called while nobody is to know who they are. */
export const blindName = (index: number): string => `Answer ${String.fromCharCode(65 + index)}`

/**
 * The order in which entries are shown in a blind comparison: mixed, but always the same for one comparison.
 *
 * @returns positions of the entries
 */
export function blindOrder(id: string, count: number): number[] {
  const weight = (index: number): number =>
    [...`${id}#${index}`].reduce((hash, char) => Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5)
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => weight(a) - weight(b))
}
