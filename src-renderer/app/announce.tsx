import { useEffect, useState } from 'react'

let say: (sentence: string) => void = () => undefined

/** Has a sentence read aloud by screen readers, after what they are saying now. */
export const announce = (sentence: string): void => say(sentence)

/** The live region; one in the page. */
export function Announcer() {
  const [sentence, setSentence] = useState('')
  useEffect(() => {
    say = setSentence
    return () => {
      say = () => undefined
    }
  }, [])
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {sentence}
    </div>
  )
}
