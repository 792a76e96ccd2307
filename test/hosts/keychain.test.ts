import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Keychain, keychainKey } from '../../src-main/hosts/electron/keychain.ts'
import { openSecrets } from '../../src-main/store/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)

/** A keychain that seals by turning bits over, with a password of its own. */
function keychain({ available = true, backend = 'gnome_libsecret', password = 0x5a } = {}): Keychain {
  const turn = (bytes: Buffer): Buffer => bytes.map((byte) => byte ^ password) as Buffer
  return {
    isEncryptionAvailable: () => available,
    getSelectedStorageBackend: () => backend as ReturnType<Keychain['getSelectedStorageBackend']>,
    encryptString: (text) => turn(Buffer.from(`sealed ${text}`)),
    decryptString(sealed) {
      const text = turn(sealed).toString()
      if (!text.startsWith('sealed ')) throw new Error('sealed with another password')
      return text.slice('sealed '.length)
    },
  }
}

test('the key is made once, lies sealed and for this user only, and opens what the service sealed', () => {
  const key = keychainKey(keychain(), at('new/window'), 'linux') ?? ''
  expect(Buffer.from(key, 'base64')).toHaveLength(32)
  const file = at('new/window/secrets.key')
  expect(readFileSync(file, 'latin1')).not.toContain(key)
  expect(statSync(file).mode & 0o077).toBe(0)
  openSecrets(folder, Buffer.from(key, 'base64')).set('token', 'hf_secret')
  const again = keychainKey(keychain(), at('new/window'), 'linux') ?? ''
  expect(openSecrets(folder, Buffer.from(again, 'base64')).get('token')).toBe('hf_secret')
})

test('a key that the keychain does not open any more is replaced', () => {
  const key = keychainKey(keychain(), at('reset'), 'linux')
  const next = keychainKey(keychain({ password: 0x17 }), at('reset'), 'linux')
  expect(next).not.toBe(key)
  expect(keychainKey(keychain({ password: 0x17 }), at('reset'), 'linux')).toBe(next)
})

test.each([
  ['no keychain', { available: false }, 'linux'],
  ['a password that everybody knows', { backend: 'basic_text' }, 'linux'],
  ['no keychain elsewhere', { available: false }, 'darwin'],
] as const)('with %s there is no key, and a token lies in a file for this user only', (_, options, platform) => {
  const dir = at('without')
  expect(keychainKey(keychain(options), dir, platform)).toBeNull()
  const secrets = openSecrets(folder, null)
  expect(secrets.keptIn).toBe('file')
  secrets.set('token', 'hf_plain')
  expect(statSync(at('secrets.json')).mode & 0o077).toBe(0)
  expect(secrets.get('token')).toBe('hf_plain')
})

test('only Linux has a backend to ask for', () => {
  const windows = { ...keychain(), getSelectedStorageBackend: () => expect.unreachable() }
  expect(keychainKey(windows, at('windows'), 'win32')).not.toBeNull()
})
