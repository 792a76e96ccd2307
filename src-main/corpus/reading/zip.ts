import { fileErrors } from './errors.ts'

/** What all members of an archive may come to when unpacked. */
const MAX_UNPACKED_BYTES = 300_000_000
const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
/** Length of the end record, and of the longest comment that may follow it. */
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff

/**
 * Looks at the directory of a ZIP file before anything is unpacked (APPNOTE.TXT 4.3).
 *
 * @throws {AppError} FILE_DAMAGED without a directory, FILE_PROTECTED for an encrypted Office file or member,
 *   FILE_TOO_COMPLEX when it would unpack to too much
 */
export function checkZip(bytes: Uint8Array): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Office wraps encrypted files into its old container format
  if (view.length >= 8 && view.readUInt32BE(0) === 0xd0cf11e0) throw fileErrors.protected()
  let end = view.length - END_BYTES
  const last = Math.max(0, end - MAX_COMMENT_BYTES)
  while (end >= last && view.readUInt32LE(end) !== END_OF_DIRECTORY) end--
  if (end < last) throw fileErrors.damaged('no end of central directory')

  let unpacked = 0
  let at = view.readUInt32LE(end + 16)
  while (at + 46 <= end && view.readUInt32LE(at) === DIRECTORY_ENTRY) {
    if (view.readUInt16LE(at + 8) & 1) throw fileErrors.protected()
    unpacked += view.readUInt32LE(at + 24)
    at += 46 + view.readUInt16LE(at + 28) + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32)
  }
  if (unpacked > MAX_UNPACKED_BYTES) throw fileErrors.tooComplex(`unpacks to ${unpacked} bytes`)
}
