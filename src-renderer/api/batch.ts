/**
 * Collects items and hands them over at most once per painted frame; at once-a-quarter-second in a hidden window, where
 * frames are not painted.
 */
export function frameBatch<T>(flush: (items: T[]) => void): { add(item: T): void; dispose(): void } {
  let items: T[] = []
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    frame = 0
    timer = undefined
    const batch = items
    items = []
    if (batch.length > 0) flush(batch)
  }
  return {
    add(item) {
      items.push(item)
      if (frame !== 0) return
      frame = requestAnimationFrame(run)
      timer = setTimeout(run, 250)
    },
    dispose() {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
      items = []
    },
  }
}
