/**
 * Characters that act on whatever shows a text instead of being seen in it: controls (all but tab and line feed) and those
 * that turn the direction of what follows, so that `invoice\u202Efdp.exe` shows as it is.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
export const actingCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** 32 bits of a text (FNV-1a with MurmurHash3's finalizer). Fixed: splits of questions depend on it. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
