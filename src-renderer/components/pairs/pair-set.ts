import { useQuery } from '@tanstack/react-query'
import type { QuestionSet } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { useStored } from '../../app/stored.ts'

const NEW_SET = 'My questions'

/** The set that pairs from Ask and Compare go into: the one chosen last, else one about the library. */
export interface PairSet {
  sets: readonly QuestionSet[]
  /** Null: one is made with the first pair. */
  chosen: QuestionSet | null
  /** What it is called, or will be. */
  name: string
  choose(id: string): void
  /** The set's id; makes the set when there is none yet. */
  id(): Promise<string>
}

/** Where a pair about a library is kept. */
export function usePairSet(libraryId: string | null): PairSet {
  const { data: sets = [] } = useQuery(queries.questionSets())
  const [last, setLast] = useStored('pair-set', '')
  const chosen = sets.find(({ id }) => id === last) ?? sets.find((set) => set.libraryId === libraryId) ?? null
  return {
    sets,
    chosen,
    name: chosen?.name ?? NEW_SET,
    choose: setLast,
    async id() {
      if (chosen) return chosen.id
      const named = sets.find(({ name }) => name === NEW_SET)
      const set =
        named ?? (await client.questions.create({ name: NEW_SET, ...(libraryId === null ? {} : { libraryId }) }))
      setLast(set.id)
      return set.id
    },
  }
}
