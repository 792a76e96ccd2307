import { useState } from 'react'

/** A value that survives a reload, in this window only or in all of them; kept in memory where storage is blocked. */
export function useStored(key: string, initial: string, where: 'local' | 'session' = 'local') {
  const storage = () => (where === 'local' ? localStorage : sessionStorage)
  const [value, setValue] = useState(() => {
    try {
      return storage().getItem(`lagotto.${key}`) ?? initial
    } catch {
      return initial
    }
  })
  const set = (next: string) => {
    setValue(next)
    try {
      storage().setItem(`lagotto.${key}`, next)
    } catch {
      // The value then lives as long as the page.
    }
  }
  return [value, set] as const
}
