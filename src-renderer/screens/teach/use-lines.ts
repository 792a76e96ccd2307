import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { RunLine } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'

const PAGE = 10_000

/** The metrics of a run: all that there are, and then what is added, without reading anything twice. */
export function useLines(id: string): { lines: readonly RunLine[]; error: unknown } {
  const { data } = useQuery(queries.run(id))
  const wanted = data?.run.lines ?? 0
  const [lines, setLines] = useState<readonly RunLine[]>([])
  const [error, setError] = useState<unknown>(null)
  const held = useRef(0)
  useEffect(() => {
    if (wanted < held.current) held.current = 0
    if (wanted === held.current) return
    const abort = new AbortController()
    const read = async () => {
      while (!abort.signal.aborted && held.current < wanted) {
        const since = held.current
        const page = await client.runs.metrics({ id, since, limit: PAGE }, { signal: abort.signal })
        if (abort.signal.aborted || page.lines.length === 0) return
        held.current = since + page.lines.length
        setLines((old) => [...old.slice(0, since), ...page.lines])
      }
    }
    read().catch((thrown: unknown) => {
      if (!abort.signal.aborted) setError(thrown)
    })
    return () => abort.abort()
  }, [id, wanted])
  return { lines, error }
}
