import { useEffect, useRef } from 'react'

/** What a shortcut or the palette can ask of whatever is on the screen. */
export type Command = 'stop' | 'toggle-trace' | 'focus-composer' | 'open-palette' | 'open-help'

type Handler = () => boolean

const handlers = new Map<Command, Set<Handler>>()

/** Tells everyone who listens; true when somebody had something to do. */
export function emit(command: Command): boolean {
  let done = false
  for (const handler of [...(handlers.get(command) ?? [])]) done = handler() || done
  return done
}

/** Listens to a command while the component is there; the handler says whether it did something. */
export function useCommand(command: Command, handler: Handler): void {
  const latest = useRef(handler)
  useEffect(() => {
    latest.current = handler
  })
  useEffect(() => {
    const call = () => latest.current()
    const set = handlers.get(command) ?? new Set()
    handlers.set(command, set.add(call))
    return () => {
      set.delete(call)
    }
  }, [command])
}
