import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { useSources } from '../components/sources/context.tsx'
import { emit } from './commands.ts'
import { isField, isOverlayOpen } from './keys.ts'

/** Every shortcut, for the table in the settings and the help. */
export const shortcuts: readonly { keys: string; what: string }[] = [
  { keys: 'Mod+K', what: 'Command palette' },
  { keys: 'N', what: 'New question' },
  { keys: 'Enter', what: 'Send the question' },
  { keys: 'Shift+Enter', what: 'New line in the question' },
  { keys: 'Esc', what: 'Stop the running answer, or close what is open' },
  { keys: '.', what: 'Open or fold the steps of an answer' },
  { keys: '[', what: 'Previous source' },
  { keys: ']', what: 'Next source' },
  { keys: 'J', what: 'Next question of an evaluation' },
  { keys: 'K', what: 'Question before' },
  { keys: ',', what: 'Settings' },
  { keys: '/', what: 'Help' },
]

/** Listens to the keys of {@link shortcuts}; single letters only while nobody is typing and nothing lies on top. */
export function useShortcuts(): void {
  const [, navigate] = useLocation()
  const sources = useSources()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return
      const command = event.metaKey || event.ctrlKey
      if (command && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        emit('open-palette')
        return
      }
      if (command || isOverlayOpen()) return
      if (event.key === 'Escape') {
        const inPane = event.target instanceof HTMLElement && event.target.closest('[data-source-pane]') !== null
        if (sources.current && inPane) sources.close()
        else if (!emit('stop') && sources.current) sources.close()
        return
      }
      if (isField(event.target)) return
      const actions: Record<string, () => void> = {
        n: () => {
          navigate('/')
          requestAnimationFrame(() => emit('focus-composer'))
        },
        ',': () => navigate('/settings'),
        '/': () => emit('open-help'),
        '.': () => emit('toggle-trace'),
        '[': () => sources.step(-1),
        ']': () => sources.step(1),
      }
      const action = actions[event.key.toLowerCase()]
      if (!action) return
      event.preventDefault()
      action()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [navigate, sources])
}
