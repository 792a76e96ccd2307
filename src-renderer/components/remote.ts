import type { Model } from '../../src-main/contract/index.ts'
import { parameters } from './format.ts'

/** What tells models apart in a list: how large it is, or on which server. */
export const modelSize = ({ parameters: weights, remote }: Model): string =>
  remote ? `on ${remote.host}` : parameters(weights)

/** The servers elsewhere that get to read questions and passages when these models are used, each once. */
export const hostsOf = (models: readonly (Model | null | undefined)[]): string[] => [
  ...new Set(models.flatMap((model) => (model?.remote && !model.remote.here ? [model.remote.host] : []))),
]

/** Says plainly which texts leave this computer. */
export const leaving = (hosts: readonly string[]): string =>
  `The question and the passages that are found for it are sent to ${hosts.join(' and ')}.`
