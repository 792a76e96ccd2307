import type { Contestant, Model } from '../../../src-main/contract/index.ts'
import { baseName } from '../../components/format.ts'

/** A place in a comparison, before it starts. */
export interface Seat {
  key: string
  /** Path of the model's file. */
  model: string
  adapter: string | null
}

/** Names everybody by model and adapter; equal names are numbered, so that each can be told from the others. */
export function labelled(seats: readonly Seat[], models: readonly Model[]): Contestant[] {
  const names = seats.map(({ model, adapter }) => {
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
