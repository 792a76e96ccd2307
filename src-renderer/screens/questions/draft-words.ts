import type { DraftCheck, Drafting } from '../../../src-main/contract/index.ts'

/** What a check found, as a sentence. */
export function checkSentence({ kind, passed, said }: DraftCheck): string {
  const quoted = said === null || said.trim() === '' ? 'nothing' : `“${said.trim()}”`
  switch (kind) {
    case 'in-passage':
      return passed
        ? 'The answer stands in its passage and not in the question.'
        : 'The answer does not stand where it should.'
    case 'new':
      return passed ? 'Nobody asked this before.' : `The same was asked before: ${quoted}.`
    case 'closed-book':
      return passed
        ? `Without documents the model answered ${quoted}, which is wrong: it has to search.`
        : `The model knows this without any document: ${quoted}.`
    case 'with-library':
      return passed
        ? `Searching the library it answered ${quoted}, which is right.`
        : `Searching the library it answered ${quoted}, which is wrong.`
    case 'needs-both':
      return passed
        ? `Without one of the passages it answered ${quoted}: both are needed.`
        : `One passage is enough to answer it: ${quoted}.`
  }
}

const reasons: Record<keyof Drafting['dropped'], string> = {
  unreadable: 'no question could be read out of what the model wrote',
  'in-passage': 'the answer was not in the passage, or was given away',
  new: 'asked before',
  'closed-book': 'known without documents',
  'with-library': 'not answered right with the library',
  'needs-both': 'one passage was enough',
}

/** Why drafts were dropped, the most frequent reason first: "5 × known without documents". */
export const dropReasons = ({ dropped }: Drafting): string[] =>
  (Object.entries(dropped) as [keyof Drafting['dropped'], number][])
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n]) => `${n} × ${reasons[reason]}`)
