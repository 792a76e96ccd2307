import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { JobEvent } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { followJob } from '../../api/job-events.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'

type Question = Parameters<typeof client.threads.ask>[0]

/**
 * Waits while a library is being read for the first time and nothing of it can be searched yet: a question that is
 * asked in the first second after a start is answered, not refused.
 */
async function untilSearchable(libraryId: string): Promise<void> {
  const library = (await client.libraries.list()).find(({ id }) => id === libraryId)
  if (!library?.jobId || (library.files.indexed ?? 0) > 0) return
  const abort = new AbortController()
  const onEvent = ({ event }: JobEvent) => {
    if (event.type === 'file' && event.file.state === 'indexed') abort.abort()
  }
  await followJob(library.jobId, 0, onEvent, abort.signal)
}

/** Sends a question to the chosen library and model, and goes to its thread. The mutation's error is the service's. */
export function useAsk() {
  const [, navigate] = useLocation()
  const { library, model } = useChoice()
  return useMutation({
    mutationFn: async (question: Question) => {
      const libraryId = question.libraryId ?? library?.id
      if (libraryId) await untilSearchable(libraryId)
      return client.threads.ask({
        ...(libraryId ? { libraryId } : {}),
        ...(model ? { modelId: model.id } : {}),
        ...question,
      })
    },
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
