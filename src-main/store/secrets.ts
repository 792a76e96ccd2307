import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Small texts that nobody else is to read: access tokens. */
export interface Secrets {
  /** `keychain`: encrypted with a key that only the system's keychain opens; `file`: readable for this user only. */
  readonly keptIn: 'keychain' | 'file'
  /** Null: there is none, or the key that it was sealed with is not here. */
  get(name: string): string | null
  /** @param value null: forgets it */
  set(name: string, value: string | null): void
}

const entrySchema = z.union([
  z.object({ plain: z.string() }),
  z.object({ nonce: z.base64(), tag: z.base64(), sealed: z.base64() }),
])
type Entry = z.infer<typeof entrySchema>

const CIPHER = 'aes-256-gcm'

function seal(name: string, value: string, key: Buffer | null): Entry {
  if (!key) return { plain: value }
  const nonce = randomBytes(12)
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  const [a, b, c] = [nonce, cipher.getAuthTag(), sealed].map((bytes) => bytes.toString('base64'))
  return { nonce: a ?? '', tag: b ?? '', sealed: c ?? '' }
}

function open(name: string, entry: Entry, key: Buffer | null): string | null {
  if ('plain' in entry) return entry.plain
  if (!key) return null
  const [nonce, tag, sealed] = [entry.nonce, entry.tag, entry.sealed].map((text) => Buffer.from(text, 'base64'))
  if (!nonce || !tag || !sealed) return null
  try {
    const decipher = createDecipheriv(CIPHER, key, nonce).setAAD(Buffer.from(name)).setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

/**
 * Opens the secrets of a data folder. A file that was damaged counts as empty.
 *
 * @param key 32 bytes that the system's keychain keeps; null: there is no keychain
 */
export function openSecrets(dataDir: string, key: Buffer | null): Secrets {
  const path = join(dataDir, 'secrets.json')
  const read = (): Record<string, Entry> => {
    try {
      return z.record(z.string(), entrySchema).parse(JSON.parse(readFileSync(path, 'utf8')))
    } catch {
      return {}
    }
  }
  return {
    keptIn: key ? 'keychain' : 'file',
    get(name) {
      const entry = read()[name]
      return entry ? open(name, entry, key) : null
    },
    set(name, value) {
      const { [name]: _, ...others } = read()
      const all = value === null ? others : { ...others, [name]: seal(name, value, key) }
      writeFileSync(`${path}.new`, JSON.stringify(all), { mode: 0o600 })
      chmodSync(`${path}.new`, 0o600)
      renameSync(`${path}.new`, path)
    },
  }
}
