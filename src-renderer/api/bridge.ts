/** What the Electron preload puts on the window. In a browser there is none. */
export interface LagottoBridge {
  platform: string
  /** Asks the shell for a channel to the service; it answers with a `lagotto:port` message that carries a port. */
  connect(): void
  /** Opens the system's dialog; an empty list means that it was closed. */
  pickPaths(kind: 'folder' | 'file'): Promise<string[]>
  /** Where a file lies that was dropped on the page. */
  pathOf(file: File): string
  /** The shell restarted the service too often and gave up. */
  onGaveUp(listener: () => void): void
}

declare global {
  interface Window {
    lagotto?: LagottoBridge
  }
}

/** The shell around the page, or null in a browser. */
export const bridge: LagottoBridge | null = typeof window === 'undefined' ? null : (window.lagotto ?? null)

/** The name of the command key in shortcuts. */
export const isMac = typeof navigator !== 'undefined' && /mac/i.test(bridge?.platform ?? navigator.platform)
