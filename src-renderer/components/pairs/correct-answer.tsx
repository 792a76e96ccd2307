import { useMutation } from '@tanstack/react-query'
import { useId } from 'react'
import { toast } from 'sonner'
import type { PassageHit, QuestionContent, Trace } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { Select } from '../ui/field.tsx'
import { PairForm } from './pair-form.tsx'
import { usePairSet } from './pair-set.ts'

/** Every passage that was found on the way to an answer, each once. */
const foundIn = ({ turns }: Trace): PassageHit[] => [
  ...new Map(turns.flatMap(({ search }) => search?.hits ?? []).map((hit) => [hit.id, hit])).values(),
]

/** Puts a wrong answer right: what is right, and where it stands, becomes a question to learn from. */
export function CorrectAnswer({ trace, onClose }: { trace: Trace; onClose: () => void }) {
  const libraryId = trace.library?.id ?? null
  const pairs = usePairSet(libraryId)
  const select = useId()
  const keep = useMutation({
    mutationFn: async (content: QuestionContent) =>
      client.questions.add({ id: await pairs.id(), content, origin: 'corrected' }),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ['questions'] })
      toast(`Kept in “${pairs.name}”`)
      onClose()
    },
  })
  return (
    <section aria-label="Correct this answer" className="mt-3 border-t border-line pt-4">
      <h3 className="mb-1 text-sm font-semibold">Correct this answer</h3>
      <p className="mb-3 text-[0.8125rem] text-ink-2">
        Write the right answer and choose the passage in which it stands. Models can then be taught with it.
      </p>
      <PairForm
        initial={{ question: trace.question, answers: [], tags: [], evidence: [] }}
        libraryId={libraryId}
        found={foundIn(trace)}
        action="Keep"
        error={keep.error}
        busy={keep.isPending}
        onSubmit={(content) => keep.mutate(content)}
        onCancel={onClose}
      >
        <div className="flex flex-wrap items-center gap-2 text-[0.8125rem] font-medium">
          <label htmlFor={select}>Question set</label>
          <Select
            id={select}
            className="h-8"
            value={pairs.chosen?.id ?? ''}
            onChange={(event) => pairs.choose(event.target.value)}
          >
            {pairs.chosen === null && <option value="">{pairs.name} (new)</option>}
            {pairs.sets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </div>
      </PairForm>
    </section>
  )
}
