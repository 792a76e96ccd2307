import { assertNever } from './errors.ts'
import type { ParityDifference } from './training.ts'

/** What would be different in Ask from how a model was trained, as a sentence for people. */
export function parityWords({ what, training, chat }: ParityDifference): string {
  switch (what) {
    case 'prompt':
      return `Questions are put to it in another way: “${training}” in training, “${chat}” in Ask.`
    case 'retriever':
      return 'The library is searched in another way than in training: its files, or the models that search, have changed.'
    case 'top-k':
      return `A search shows it ${chat} passages in Ask; in training it showed ${training}.`
    case 'limits':
      return `It has other room (in tokens): ${training} in training, ${chat} in Ask.`
    case 'tokenizer':
      return 'The model at its place has another vocabulary (tokenizer) than the one that was trained.'
    case 'gone':
      return chat
    default:
      return assertNever(what)
  }
}
