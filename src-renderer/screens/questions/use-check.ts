import { useEffect, useRef, useState } from 'react'
import type { QuestionSet } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { toastError } from '../../components/notice.tsx'

/** Looks all answers of a set up in its library, with how far it is; leaving the screen ends it, what it found is kept. */
export function useCheck({ id }: QuestionSet) {
  const [progress, setProgress] = useState<{ done: number; total: number } | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const start = async () => {
    const abort = new AbortController()
    running.current = abort
    setProgress({ done: 0, total: 0 })
    try {
      for await (const event of await client.questions.check({ id }, { signal: abort.signal }))
        if (event.type === 'progress') setProgress({ done: event.done, total: event.total })
    } catch (thrown) {
      if (!abort.signal.aborted) toastError(thrown)
    } finally {
      setProgress(null)
      void queryClient.invalidateQueries({ queryKey: ['questions'] })
    }
  }
  return { progress, start, stop: () => running.current?.abort() }
}
