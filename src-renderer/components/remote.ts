import type { Model } from '../../src-main/contract/index.ts'
import { parameters } from './format.ts'

/** What tells models apart in a list: how large it is, or on which server. */
export const modelSize = ({ parameters: weights, remote }: Model): string =>
  remote ? `on ${remote.host}` : parameters(weights)
