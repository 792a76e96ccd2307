import { useMutation } from '@tanstack/react-query'
import { BookmarkCheck, BookmarkPlus } from 'lucide-react'
import { toast } from 'sonner'
import type { Trace } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { toastError } from '../notice.tsx'
import { Button } from '../ui/button.tsx'
import { evidenceOf } from './evidence-of.ts'
import { usePairSet } from './pair-set.ts'

/** Takes an answer that was right over into a question set, with the passages that support it: one click. */
export function KeepAnswer({ trace, label }: { trace: Trace & { answer: string }; label: string }) {
  const pairs = usePairSet(trace.library?.id ?? null)
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['questions'] })
  const keep = useMutation({
    mutationFn: async () => {
      const id = await pairs.id()
      const content = { question: trace.question, answers: [trace.answer], tags: [], evidence: evidenceOf(trace) }
      const question = await client.questions.add({ id, content, origin: 'taken-over' })
      return { id, question }
    },
    onSuccess: ({ id, question }) => {
      void refresh()
      const undo = () =>
        client.questions
          .remove({ id, questionIds: [question.id] })
          .then(refresh)
          .then(() => keep.reset(), toastError)
      toast(`Kept in “${pairs.name}”`, { action: { label: 'Undo', onClick: undo } })
    },
    onError: toastError,
  })
  return (
    <Button size="sm" disabled={keep.isPending || keep.isSuccess} onClick={() => keep.mutate()}>
      {keep.isSuccess ? <BookmarkCheck /> : <BookmarkPlus />} {keep.isSuccess ? 'Kept as an example' : label}
    </Button>
  )
}
