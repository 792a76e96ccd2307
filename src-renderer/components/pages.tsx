import { useRef, useState } from 'react'

/** Which pages of a long list are on the screen: those are asked for, and no others. */
export function usePages(size: number) {
  const [pages, setPages] = useState<readonly number[]>([0])
  /** Told which rows are drawn. */
  const seen = (range: { startIndex: number; endIndex: number } | null) => {
    if (!range) return
    const needed: number[] = []
    for (let page = Math.floor(range.startIndex / size); page <= Math.floor(range.endIndex / size); page++)
      needed.push(page)
    if (needed.join() !== pages.join()) setPages(needed)
  }
  return { pages, seen }
}

/** How long a list is: as it was told last, while the pages that are on the screen now are still on their way. */
export function useLength(told: number | undefined): number {
  const last = useRef(0)
  if (told !== undefined) last.current = told
  return last.current
}

/** Stands for the rows of a table above or below those that are drawn. */
export const Gap = ({ height }: { height: number }) =>
  height > 0 ? (
    <tr>
      <td style={{ height, padding: 0 }} />
    </tr>
  ) : null
