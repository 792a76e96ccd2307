import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSecrets } from '../../src-main/store/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const file = join(folder, 'secrets.json')

test('a secret is sealed with the keychain’s key and opens with that one only', () => {
  const key = randomBytes(32)
  const secrets = openSecrets(folder, key)
  expect(secrets.keptIn).toBe('keychain')
  secrets.set('token', 'hf_secret')
  expect(readFileSync(file, 'utf8')).not.toContain('hf_secret')
  expect(statSync(file).mode & 0o077).toBe(0)
  expect(openSecrets(folder, key).get('token')).toBe('hf_secret')
  expect(openSecrets(folder, randomBytes(32)).get('token')).toBeNull()
  expect(openSecrets(folder, null).get('token')).toBeNull()
  const swapped = readFileSync(file, 'utf8').replace('"token"', '"other"')
  writeFileSync(file, swapped)
  expect(openSecrets(folder, key).get('other')).toBeNull()
})

test('without a keychain it lies in a file that only the user can read; it can be forgotten', () => {
  const secrets = openSecrets(folder, null)
  expect(secrets.keptIn).toBe('file')
  secrets.set('token', 'plain')
  expect(secrets.get('token')).toBe('plain')
  expect(statSync(file).mode & 0o077).toBe(0)
  secrets.set('token', null)
  expect(secrets.get('token')).toBeNull()
})

test('a damaged file counts as empty', () => {
  writeFileSync(file, '{"token":')
  const secrets = openSecrets(folder, null)
  expect(secrets.get('token')).toBeNull()
  secrets.set('token', 'new')
  expect(secrets.get('token')).toBe('new')
})
