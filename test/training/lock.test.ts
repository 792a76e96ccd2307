import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeLock, waitForLock } from '../../src-main/training/run/lock.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lagotto-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a folder is one user’s at a time: the next is refused, or waits until it is given back', async () => {
  const release = await takeLock(dir)
  await expect(takeLock(dir)).rejects.toMatchObject({ code: 'RUN_IN_USE' })
  const order: string[] = []
  const waiting = waitForLock(dir).then((next) => {
    order.push('taken')
    return next
  })
  await new Promise((done) => setTimeout(done, 300))
  order.push('given back')
  await release()
  await (await waiting)()
  expect(order).toEqual(['given back', 'taken'])
})

test('waiting ends when it is called off', async () => {
  const release = await takeLock(dir)
  const stop = new AbortController()
  const waiting = waitForLock(dir, stop.signal)
  stop.abort(new Error('no more'))
  await expect(waiting).rejects.toThrow('no more')
  await release()
})

test('a folder that is not there is an error, and nothing to wait for', async () => {
  await expect(waitForLock(join(dir, 'missing'))).rejects.toThrow()
})
