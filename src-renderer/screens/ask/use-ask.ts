import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'

type Question = Parameters<typeof client.threads.ask>[0]

/** Sends a question to the chosen library, and goes to its thread; the service knows who answers for it. The mutation's error is the service's. */
export function useAsk() {
  const [, navigate] = useLocation()
  const { library } = useChoice()
  return useMutation({
    mutationFn: (question: Question) =>
      client.threads.ask({
        ...(library ? { libraryId: library.id } : {}),
        ...question,
      }),
    onSuccess: ({ thread, exchange }) => {
      const { queryKey } = queries.thread(thread.id)
      queryClient.setQueryData(queryKey, (old) => {
        const before = old?.exchanges.filter(({ id }) => id !== exchange.id) ?? []
        // A thread that is not known here yet may have more questions than this one: let it be asked for.
        return old || thread.questions <= 1 ? { thread, exchanges: [...before, exchange] } : undefined
      })
      void queryClient.invalidateQueries({ queryKey: ['threads', 'list'] })
      navigate(`/t/${thread.id}`)
    },
  })
}
