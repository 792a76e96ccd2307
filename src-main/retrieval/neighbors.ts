import type { Passage, PassageHit } from '../contract/index.ts'

/** Most characters between neighbors: between them is white space only. */
const widestGap = 8

/** Whether the second passage goes on where the first one ends, in the same section. */
function goesOn(first: Passage, second: Passage): boolean {
  const gap = second.start - first.end
  return (
    first.fileId === second.fileId &&
    gap >= 0 &&
    gap <= widestGap &&
    first.title === second.title &&
    first.headings.join('\n') === second.headings.join('\n')
  )
}

/** Offsets in the joined text stay those of the document: as much white space as there was. */
const between = (gap: number): string => (gap > 1 ? '\n'.repeat(gap) : ' '.repeat(gap))

function joined(parts: readonly PassageHit[]): PassageHit {
  const inOrder = parts.toSorted((a, b) => a.start - b.start)
  const [first, ...rest] = inOrder as [PassageHit, ...PassageHit[]]
  const best = parts.reduce((a, b) => (b.rank < a.rank ? b : a))
  let { text, end } = first
  const matches = [...first.matches]
  for (const part of rest) {
    text += between(part.start - end)
    const shift = text.length
    matches.push(...part.matches.map((span) => ({ start: span.start + shift, end: span.end + shift })))
    text += part.text
    end = part.end
  }
  return { ...best, text, matches, start: first.start, end, page: first.page, joined: inOrder.map(({ id }) => id) }
}

/**
 * Makes one hit of passages that follow each other in a document, at the place of the best of them, so that they are read
 * as they were written. The passages stay the same; there are fewer hits, with new ranks.
 *
 * @param hits best first; each text is as long as its range
 */
export function joinNeighbors(hits: readonly PassageHit[]): PassageHit[] {
  const groups: PassageHit[][] = []
  for (const hit of hits) {
    const near = groups.filter((group) => group.some((other) => goesOn(other, hit) || goesOn(hit, other)))
    const [group, ...others] = near
    if (!group) groups.push([hit])
    else {
      group.push(hit, ...others.flat())
      for (const other of others) groups.splice(groups.indexOf(other), 1)
    }
  }
  return groups.map((group, i) => ({ ...(group.length > 1 ? joined(group) : (group[0] as PassageHit)), rank: i + 1 }))
}
