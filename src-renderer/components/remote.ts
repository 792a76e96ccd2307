import type { Model } from '../../src-main/contract/index.ts'
import { parameters } from './format.ts'

/** What tells models apart in a list: how large it is, or on which server. */
export const modelSize = ({ parameters: weights, remote }: Model): string =>
  remote ? `on ${remote.host}` : parameters(weights)

/** The servers elsewhere that get to read questions and passages when these models are used, each once. */
export const hostsOf = (models: readonly (Model | null | undefined)[]): string[] => [
  ...new Set(models.flatMap((model) => (model?.remote && !model.remote.here ? [model.remote.host] : []))),
]

/** Says plainly which texts leave this computer when a question is asked. */
export const leaving = (hosts: readonly string[]): string =>
  `The question and the passages that are found for it are sent to ${hosts.join(' and ')}.`

/** The same when models write questions about a library and try them. */
export const leavingToDraft = (hosts: readonly string[], library: string): string =>
  `Passages from all over “${library}”, and the questions that are written about them, are sent to ${hosts.join(' and ')}.`
