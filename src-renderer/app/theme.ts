import { useEffect } from 'react'
import type { Settings } from '../../src-main/contract/index.ts'

const KEY = 'lagotto.theme'
const system = matchMedia('(prefers-color-scheme: dark)')

/** Puts the theme on the page and keeps it where `theme.js` finds it before the next first paint. */
export function useTheme(theme: Settings['theme'] | undefined): void {
  useEffect(() => {
    if (theme === undefined) return
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // Without storage the next start begins with the system's theme.
    }
    const apply = () => {
      const dark = theme === 'dark' || (theme === 'system' && system.matches)
      document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
    }
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme])
}
