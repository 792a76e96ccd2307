import { useEffect, useRef } from 'react'

/** Whether somebody is typing there. */
export const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input:not([type="checkbox"]), textarea, select'))

/** Whether something lies over the screen that the keys are for. */
export const isOverlayOpen = (): boolean =>
  document.querySelector('[role="dialog"][data-state="open"], [role="alertdialog"], [role="menu"]') !== null

/** Whether a key belongs to what is being typed, or to what lies on top. */
export const isTyping = (event: KeyboardEvent): boolean => isField(event.target) || isOverlayOpen()

/** Single keys of a screen (in lower case), while nobody is typing and nothing lies on top; `mod+z` with the command key. */
export function useKeys(keys: Readonly<Record<string, () => void>>, enabled = true): void {
  const latest = useRef({ keys, enabled })
  useEffect(() => {
    latest.current = { keys, enabled }
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!latest.current.enabled || event.defaultPrevented || event.isComposing || event.altKey) return
      if (isTyping(event)) return
      const name = `${event.ctrlKey || event.metaKey ? 'mod+' : ''}${event.key.toLowerCase()}`
      const action = latest.current.keys[name]
      if (!action) return
      event.preventDefault()
      action()
    }
    // Before the shortcuts of the whole app, which mean less here.
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [])
}
