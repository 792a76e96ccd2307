import { Unplug } from 'lucide-react'
import { useEffect, useState } from 'react'
import { connection } from '../api/client.ts'
import { useConnection } from '../api/queries.ts'
import { Button } from '../components/ui/button.tsx'
import { Spinner } from '../components/ui/spinner.tsx'

/** Says when the engine is away, that nothing is lost, and what happens next. */
export function ConnectionBanner() {
  const state = useConnection()
  const late = useLate(state === 'connecting', 1_500)
  if (state === 'ready' || (state === 'connecting' && !late)) return null
  return (
    <div role="status" className="flex items-center gap-3 border-b border-line bg-warn-soft px-5 py-2.5 text-sm">
      {state === 'lost' ? (
        <Unplug className="size-4 text-warn" aria-hidden="true" />
      ) : (
        <Spinner className="text-warn" />
      )}
      <p className="flex-1">
        {state === 'connecting' && 'Starting Lagotto’s engine…'}
        {state === 'reconnecting' && 'Lagotto’s engine stopped. Starting it again… Your threads are safe.'}
        {state === 'lost' &&
          'Lagotto’s engine did not come back. Your threads are safe on disk. Close Lagotto and start it again, or try once more.'}
      </p>
      {state === 'lost' && (
        <Button size="sm" onClick={connection.retry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** True once `active` has held for `ms`. */
function useLate(active: boolean, ms: number): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!active) return setLate(false)
    const timer = setTimeout(() => setLate(true), ms)
    return () => clearTimeout(timer)
  }, [active, ms])
  return late
}
