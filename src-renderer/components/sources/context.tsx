import { createContext, type ReactNode, useContext, useMemo, useRef, useState } from 'react'
import type { Passage, Span } from '../../../src-main/contract/index.ts'

/** A passage that can be opened in its document. */
export interface SourceRef {
  passage: Passage
  /** Its number in the answer it supports; null when it supports none. */
  number: number | null
  /** What supports the answer; offsets in the passage's text. */
  evidence: readonly Span[]
}

interface Sources {
  list: readonly SourceRef[]
  index: number
  /** The open source, if any. */
  current: SourceRef | null
  open(list: readonly SourceRef[], index: number): void
  /** To the next or previous source of the list; stays at the ends. */
  step(by: 1 | -1): void
  /** Marks other stretches of a passage, if it is among those of the pane. */
  mark(passageId: string, evidence: readonly Span[]): void
  close(): void
}

const Context = createContext<Sources | null>(null)

/** What the source pane shows, and how to change it. */
export function useSources(): Sources {
  const sources = useContext(Context)
  if (!sources) throw new Error('useSources needs a SourcesProvider above it')
  return sources
}

/** Holds the open source for the whole window; gives the focus back where it was when the pane closes. */
export function SourcesProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<{ list: readonly SourceRef[]; index: number } | null>(null)
  const opener = useRef<HTMLElement | null>(null)
  const value = useMemo<Sources>(
    () => ({
      list: state?.list ?? [],
      index: state?.index ?? 0,
      current: state?.list[state.index] ?? null,
      open: (list, index) => {
        opener.current = document.activeElement as HTMLElement | null
        setState({ list, index })
      },
      step: (by) =>
        setState((old) => old && { ...old, index: Math.min(old.list.length - 1, Math.max(0, old.index + by)) }),
      mark: (passageId, evidence) =>
        setState(
          (old) =>
            old && {
              ...old,
              list: old.list.map((one) => (one.passage.id === passageId ? { ...one, evidence } : one)),
            },
        ),
      close: () => {
        setState(null)
        requestAnimationFrame(() => opener.current?.isConnected && opener.current.focus())
      },
    }),
    [state],
  )
  return <Context.Provider value={value}>{children}</Context.Provider>
}
