import { CircleHelp } from 'lucide-react'
import { Tip } from './tip.tsx'

/** A name with its meaning one hover, focus or click away. */
export const Explained = ({ name, meaning }: { name: string; meaning: string }) => (
  <span className="inline-flex items-center gap-1">
    {name}
    <Tip label={meaning}>
      <button
        type="button"
        aria-label={`What “${name}” means`}
        className="flex size-6 items-center justify-center rounded-full text-ink-3 hover:text-ink"
      >
        <CircleHelp className="size-3.5" aria-hidden="true" />
      </button>
    </Tip>
  </span>
)
