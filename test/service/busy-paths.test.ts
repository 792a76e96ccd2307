import { expect, test } from 'vitest'
import { BusyPaths } from '../../src-main/service/busy-paths.ts'

const seconds = (n: number): number => n * 1000

test('files that change now and then are looked at as they do', () => {
  const paths = new BusyPaths()
  for (let i = 0; i < 20; i++) expect(paths.take(['a'], seconds(40 * i))).toEqual(['a'])
})

test('a file that changes all the time is looked at now and then, and its last change is not missed', () => {
  const paths = new BusyPaths()
  const looks: number[] = []
  for (let second = 0; second < 100; second++) {
    if (paths.take(['log'], seconds(second)).length > 0) looks.push(second)
    expect(paths.take(second === 50 ? ['other'] : [], seconds(second))).toEqual(second === 50 ? ['other'] : [])
  }
  expect(looks).toEqual([0, 1, 2, 3, 4, 34, 64, 94])
  expect(paths.take([], seconds(123))).toEqual([])
  expect(paths.take([], seconds(124))).toEqual(['log'])
  expect(paths.take([], seconds(200))).toEqual([])
  expect(paths.take(['log'], seconds(300))).toEqual(['log'])
  expect(paths.take(['log'], seconds(301))).toEqual(['log'])
})
