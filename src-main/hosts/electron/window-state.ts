import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A rectangle on the desktop, in device-independent pixels. */
export interface Rectangle {
  x: number
  y: number
  width: number
  height: number
}

/** Where the window was when it was closed. */
export interface WindowState {
  /** Null: wherever the system puts it. */
  bounds: Rectangle | null
  maximized: boolean
}

const unknown: WindowState = { bounds: null, maximized: false }

/** The smallest window in which everything is usable. */
export const smallestWindow = { width: 900, height: 600 }

/**
 * The state to open with: the stored one, unless it cannot be read or the window would not be seen on any display.
 *
 * @param text content of the state file, null when there is none
 * @param displays work areas of the displays that are there now
 */
export function windowStateFrom(text: string | null, displays: readonly Rectangle[]): WindowState {
  const { bounds, maximized } = parse(text)
  const visible = bounds !== null && displays.some((display) => overlap(handleOf(bounds), display) >= 100 * 20)
  return { bounds: visible ? bounds : null, maximized }
}

function parse(text: string | null): WindowState {
  try {
    const { bounds, maximized } = JSON.parse(text ?? '') as Partial<WindowState>
    const numbers = [bounds?.x, bounds?.y, bounds?.width, bounds?.height]
    return { bounds: bounds && numbers.every(Number.isFinite) ? bounds : null, maximized: maximized === true }
  } catch {
    return unknown
  }
}

/** The strip by which a window is moved. */
function handleOf(bounds: Rectangle): Rectangle {
  return { ...bounds, height: 32 }
}

/** Area that two rectangles share. */
function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

/** Reads the state file; a missing or broken one is no state. */
export function readWindowState(file: string, displays: readonly Rectangle[]): WindowState {
  try {
    return windowStateFrom(readFileSync(file, 'utf8'), displays)
  } catch {
    return windowStateFrom(null, displays)
  }
}

/** Writes the state file. Where the window was is not worth an error. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(state))
  } catch {
    return
  }
}
