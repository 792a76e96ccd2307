import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SafeStorage } from 'electron'

const KEY_BYTES = 32

/** The system's keychain, as Electron's `safeStorage` gives it. */
export type Keychain = Pick<
  SafeStorage,
  'isEncryptionAvailable' | 'getSelectedStorageBackend' | 'encryptString' | 'decryptString'
>

/** Without a keyring Electron on Linux encrypts with a password that everybody knows. */
function isSafe(keychain: Keychain, platform: NodeJS.Platform): boolean {
  if (!keychain.isEncryptionAvailable()) return false
  return platform !== 'linux' || keychain.getSelectedStorageBackend() !== 'basic_text'
}

/**
 * The key that the service seals secrets with, base64. It lies in a folder, encrypted by the keychain; null: there is no
 * keychain. A key that cannot be opened any more is replaced: what it sealed has to be given again.
 *
 * @param folder where the window's state lies
 */
export function keychainKey(
  keychain: Keychain,
  folder: string,
  platform: NodeJS.Platform = process.platform,
): string | null {
  if (!isSafe(keychain, platform)) return null
  const path = join(folder, 'secrets.key')
  try {
    const kept = keychain.decryptString(readFileSync(path))
    if (Buffer.from(kept, 'base64').length === KEY_BYTES) return kept
  } catch {
    // There is none yet, or the keychain was reset.
  }
  const key = randomBytes(KEY_BYTES).toString('base64')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${path}.new`, keychain.encryptString(key), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return key
}
