import { describe, expect, it } from 'vitest'
import { windowStateFrom } from '../../src-main/hosts/electron/window-state.ts'

const display = { x: 0, y: 0, width: 1920, height: 1080 }
const bounds = { x: 100, y: 50, width: 1200, height: 800 }

describe('window state', () => {
  it('opens where the window was', () => {
    expect(windowStateFrom(JSON.stringify({ bounds, maximized: true }), [display])).toEqual({ bounds, maximized: true })
  })

  it.each([
    ['on a display that is gone', { ...bounds, x: 2500 }],
    ['above the display', { ...bounds, y: -790 }],
    ['nowhere', { ...bounds, x: null }],
  ])('lets the system choose for a window %s', (_, lost) => {
    expect(windowStateFrom(JSON.stringify({ bounds: lost, maximized: false }), [display]).bounds).toBeNull()
  })

  it.each([null, '', '{', '[]', 'null', '{"bounds":7}'])('survives the state file %j', (text) => {
    expect(windowStateFrom(text, [display])).toEqual({ bounds: null, maximized: false })
  })
})
