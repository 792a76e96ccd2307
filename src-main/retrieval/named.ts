/** Of so many of the best passages it is looked at what they name. */
const namers = 3
/** Share of the naming passage's score that goes to the passage it names. */
const share = 0.2

interface Titled {
  passage: { title: string; text: string }
  score: number
}

/** The title without what tells it apart from others of that name: `Mercury (planet)` is written `Mercury`. */
const nameOf = (title: string): string => title.replace(/\s*[([].*$/u, '').trim()

/** A name has a capital letter, a digit or letters of a script without capitals, so that common words do not pass for one. */
const isName = (name: string): boolean => name.length >= 3 && /[\p{Lu}\p{Lo}\p{Nd}]/u.test(name)

const wordCharacter = /[\p{L}\p{N}]/u

function names(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const cut = wordCharacter.test(text[at - 1] ?? ' ') || wordCharacter.test(text[at + name.length] ?? ' ')
    if (!cut || /\p{Lo}/u.test(name)) return true
  }
  return false
}

/**
 * What each candidate (best first) gains because one of the best passages names its title: a question whose answer
 * takes two steps shares few words with the second passage, but the first one speaks of it. Of the passages with one
 * title only the best gains.
 */
export function namedGains(candidates: readonly Titled[]): number[] {
  const best = candidates.slice(0, namers)
  const seen = new Set<string>()
  return candidates.map(({ passage: { title } }) => {
    const name = nameOf(title)
    if (seen.has(title) || !isName(name)) return 0
    seen.add(title)
    const by = best.filter(({ passage }) => nameOf(passage.title) !== name && names(passage.text, name))
    return share * Math.max(0, ...by.map(({ score }) => score))
  })
}
