import type { PassageHit } from '../contract/index.ts'
import type { TokenId, Tokenizer } from './ports.ts'
import { neutralize, type ShownDocument, searchObservation } from './protocol.ts'

/** An information block that fits its limit. */
export interface Information {
  tokens: TokenId[]
  text: string
  /** How many hits are in it, from the first. */
  shown: number
  /** Whether anything was left out. */
  cut: boolean
}

/** What of a passage a model is shown. */
export type InformationSource = Pick<PassageHit, 'title' | 'headings' | 'text'>

/** Title and headings on one line, so that a passage from deep inside a document says where it stands. */
function shownDocument(hit: InformationSource): ShownDocument {
  const title = [hit.title, ...hit.headings].filter((part, i, all) => part !== all[i - 1]).join(' - ')
  return { title: neutralize(title.replace(/\s+/g, ' ')), text: neutralize(hit.text) }
}

/**
 * Builds what the model reads after a search: as many whole passages as fit, at least a part of the first.
 *
 * @param limit tokens of the whole block, tags included
 */
export function buildInformation(hits: readonly InformationSource[], limit: number, tokenizer: Tokenizer): Information {
  const documents = hits.map(shownDocument)
  for (let shown = documents.length; shown > 0; shown--) {
    const text = searchObservation(documents.slice(0, shown))
    const tokens = tokenizer.encode(text)
    if (tokens.length <= limit) return { tokens, text, shown, cut: shown < documents.length }
  }
  const first = documents[0]
  if (first) {
    const words = first.text.split(/(?<=\s)/)
    let low = 0
    let high = words.length - 1
    let best: Information | null = null
    while (low <= high) {
      const middle = (low + high) >> 1
      const text = searchObservation([{ title: first.title, text: words.slice(0, middle).join('') }])
      const tokens = tokenizer.encode(text)
      if (tokens.length <= limit) {
        best = { tokens, text, shown: 1, cut: true }
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    if (best) return best
  }
  const text = searchObservation([])
  return { tokens: tokenizer.encode(text), text, shown: 0, cut: hits.length > 0 }
}
