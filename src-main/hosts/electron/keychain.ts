import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, safeStorage } from 'electron'

const KEY_BYTES = 32

/** Without a keyring Electron on Linux encrypts with a password that everybody knows. */
function hasKeychain(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}

/**
 * The key that the service seals secrets with, base64. It lies beside the window's state, encrypted by the system's
 * keychain; null: there is none. A key that cannot be opened any more is replaced: what it sealed has to be given again.
 */
export function keychainKey(): string | null {
  if (!hasKeychain()) return null
  const folder = app.getPath('userData')
  const path = join(folder, 'secrets.key')
  try {
    const kept = safeStorage.decryptString(readFileSync(path))
    if (Buffer.from(kept, 'base64').length === KEY_BYTES) return kept
  } catch {
    // There is none yet, or the keychain was reset.
  }
  const key = randomBytes(KEY_BYTES).toString('base64')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${path}.new`, safeStorage.encryptString(key), { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return key
}
