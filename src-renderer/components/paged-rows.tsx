import { type QueryKey, type UseQueryOptions, useQueries } from '@tanstack/react-query'
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type ComponentProps, type ReactNode, useCallback, useLayoutEffect, useRef, useState } from 'react'
import { cn } from './cn.ts'

const PAGE = 200

/** A long list as a table shows it: pages are asked for, and rows drawn, as they come on the screen. */
export interface PagedRows<Row> {
  /** The `ref` of the element that scrolls. */
  attach: (scroller: HTMLElement | null) => void
  scroller: () => HTMLElement | null
  /** How many rows there are, drawn or not. */
  total: number
  /** One row; undefined while its page is on its way. */
  at: (index: number) => Row | undefined
  /** Brings a row onto the screen. */
  scrollTo: (index: number) => void
  /** Whether it is known that there is nothing to show. */
  none: boolean
  error: Error | null
  virtualizer: Virtualizer<HTMLElement, HTMLTableRowElement>
  grows: boolean
}

/**
 * Loads and draws a list that may be far longer than the screen.
 *
 * @param options.page asks for `limit` rows from `offset` on
 * @param options.rows what such a page has
 * @param options.height of a row, px
 * @param options.grows whether a row may be higher than that: then those that are drawn are measured
 */
export function usePagedRows<Page extends { total: number }, Row, Key extends QueryKey>(options: {
  page: (offset: number, limit: number) => UseQueryOptions<Page, Error, Page, Key>
  rows: (page: Page) => readonly Row[]
  height: number
  grows?: boolean
}): PagedRows<Row> {
  const element = useRef<HTMLElement>(null)
  const [pages, setPages] = useState<readonly number[]>([0])
  const results = useQueries({ queries: pages.map((page) => options.page(page * PAGE, PAGE)) })
  const told = results.find(({ data }) => data)?.data?.total
  const last = useRef(0)
  // A list stays as long as it was while the pages that are on the screen now are still on their way.
  if (told !== undefined) last.current = told
  const total = last.current
  const virtualizer = useVirtualizer<HTMLElement, HTMLTableRowElement>({
    count: total,
    getScrollElement: () => element.current,
    estimateSize: () => options.height,
    overscan: 8,
    onChange: ({ range }) => {
      if (!range) return
      const needed: number[] = []
      for (let page = Math.floor(range.startIndex / PAGE); page <= Math.floor(range.endIndex / PAGE); page++)
        needed.push(page)
      if (needed.join() !== pages.join()) setPages(needed)
    },
  })
  const list = JSON.stringify(options.page(0, PAGE).queryKey)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list is read from its top
  useLayoutEffect(() => virtualizer.scrollToOffset(0), [virtualizer, list])
  return {
    attach: useCallback((scroller) => {
      element.current = scroller
    }, []),
    scroller: () => element.current,
    total,
    at: (index) => {
      const page = results[pages.indexOf(Math.floor(index / PAGE))]?.data
      return page && options.rows(page)[index % PAGE]
    },
    scrollTo: (index) => virtualizer.scrollToIndex(index),
    none: total === 0 && results.every(({ isPending }) => !isPending),
    error: results.find(({ error }) => error)?.error ?? null,
    virtualizer,
    grows: options.grows ?? false,
  }
}

/** The rows of a table that are on the screen, and room for the others above and below them. */
export function PagedBody<Row>({
  rows: { virtualizer, at, grows },
  columns,
  className,
  rowProps = () => ({}),
  children,
}: {
  rows: PagedRows<Row>
  /** How many cells a row has. */
  columns: number
  className: string
  rowProps?: (row: Row | undefined, index: number) => Omit<ComponentProps<'tr'>, 'ref' | 'key'>
  /** The cells of a row. */
  children: (row: Row) => ReactNode
}) {
  const items = virtualizer.getVirtualItems()
  return (
    <tbody>
      <Gap height={items[0]?.start ?? 0} />
      {items.map(({ key, index }) => {
        const row = at(index)
        const { className: own, ...props } = rowProps(row, index)
        return (
          <tr
            key={key}
            ref={grows ? virtualizer.measureElement : undefined}
            data-index={index}
            aria-rowindex={index + 2}
            className={cn('border-b border-line/70', className, own)}
            {...props}
          >
            {row === undefined ? (
              <td colSpan={columns} className="px-6 text-ink-3">
                …
              </td>
            ) : (
              children(row)
            )}
          </tr>
        )
      })}
      <Gap height={virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)} />
    </tbody>
  )
}

/**
 * The browser must not keep it where it is on the screen: when a jump into the middle makes the one above grow, that would
 * scroll on to the end.
 */
const Gap = ({ height }: { height: number }) =>
  height > 0 ? (
    <tr className="[overflow-anchor:none]">
      <td style={{ height, padding: 0 }} />
    </tr>
  ) : null
