import { describe, expect, it } from 'vitest'
import { baseName, bytes, duration, moment, parameters, plural } from '../../../src-renderer/components/format.ts'

describe('format', () => {
  it('says durations as people do', () => {
    expect([20, 1_240, 9_940, 9_960, 61_000, 120_000, 3_840_000].map(duration)).toEqual([
      '0.1 s',
      '1.2 s',
      '9.9 s',
      '10 s',
      '1 min 1 s',
      '2 min',
      '1 h 4 min',
    ])
  })
  it('says sizes as file managers do', () => {
    expect([0, 999, 1_000, 301_400, 7_700_000, 999_999_999].map(bytes)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '301 kB',
      '7.7 MB',
      '1.0 GB',
    ])
  })
  it('says times of today as times, others as days', () => {
    const now = new Date(2026, 10, 21, 13, 45).getTime()
    expect(moment(now - 3_600_000, now)).toMatch(/^12:45\sPM$/)
    expect(moment(now - 48 * 3_600_000, now)).toBe('Nov 19, 2026')
  })
  it('says counts', () => {
    expect(plural(1, 'file')).toBe('1 file')
    expect(plural(1_040, 'file')).toBe('1,040 files')
    expect(plural(2, 'search', 'searches')).toBe('2 searches')
    expect(parameters(494_032_768)).toBe('494 M')
    expect(parameters(7_620_000_000)).toBe('7.6 B')
  })
  it('names the end of a path on any system', () => {
    expect(baseName('/home/ada/notes/')).toBe('notes')
    expect(baseName('C:\\Users\\ada\\notes')).toBe('notes')
    expect(baseName('/')).toBe('/')
  })
})
