import { inflateRawSync } from 'node:zlib'
import { decodeText } from './encoding.ts'
import { fileErrors } from './errors.ts'

/** What all members of an archive may come to when unpacked, and what one of them may that is read. */
const MAX_UNPACKED_BYTES = 300_000_000
const MAX_MEMBER_BYTES = 100_000_000
const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_ENTRY = 0x04034b50
/** Length of the end record, and of the longest comment that may follow it. */
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff

interface Member {
  method: number
  packed: number
  unpacked: number
  at: number
}

/** A ZIP file whose members are unpacked one by one, in memory, when they are asked for. */
export interface Archive {
  readonly names: readonly string[]
  /** Null when there is no such member. */
  bytes(name: string): Uint8Array | null
  /** Of a member that is text (XML, HTML); null when there is no such member. */
  text(name: string): string | null
}

function directory(view: Buffer): Map<string, Member> {
  let end = view.length - END_BYTES
  const last = Math.max(0, end - MAX_COMMENT_BYTES)
  while (end >= last && view.readUInt32LE(end) !== END_OF_DIRECTORY) end--
  if (end < last) throw fileErrors.damaged('no end of central directory')
  let at = view.readUInt32LE(end + 16)
  // something may stand before the archive, which its offsets do not count
  const shift = Math.max(0, end - view.readUInt32LE(end + 12) - at)
  at += shift

  const members = new Map<string, Member>()
  let unpacked = 0
  while (at + 46 <= end && view.readUInt32LE(at) === DIRECTORY_ENTRY) {
    if (view.readUInt16LE(at + 8) & 1) throw fileErrors.protected()
    const member = {
      method: view.readUInt16LE(at + 10),
      packed: view.readUInt32LE(at + 20),
      unpacked: view.readUInt32LE(at + 24),
      at: view.readUInt32LE(at + 42) + shift,
    }
    unpacked += member.unpacked
    const name = at + 46 + view.readUInt16LE(at + 28)
    // some programs write the paths of Windows
    members.set(view.toString('utf8', at + 46, name).replaceAll('\\', '/'), member)
    at = name + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32)
  }
  if (unpacked > MAX_UNPACKED_BYTES) throw fileErrors.tooComplex(`unpacks to ${unpacked} bytes`)
  if (members.size === 0) throw fileErrors.damaged('no members')
  return members
}

function unpack(view: Buffer, { at, method, packed, unpacked }: Member): Uint8Array {
  if (unpacked > MAX_MEMBER_BYTES) throw fileErrors.tooComplex(`a member unpacks to ${unpacked} bytes`)
  if (at + 30 > view.length || view.readUInt32LE(at) !== LOCAL_ENTRY) throw fileErrors.damaged('a member is missing')
  const start = at + 30 + view.readUInt16LE(at + 26) + view.readUInt16LE(at + 28)
  const data = view.subarray(start, start + packed)
  if (method === 0) return data
  if (method !== 8) throw fileErrors.unsupported('This file is packed in an unusual way.', `method ${method}`)
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, unpacked) })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw fileErrors.tooComplex('a member unpacks to more than it says')
    }
    throw fileErrors.damaged(error)
  }
}

/**
 * Looks at the directory of a ZIP file; nothing is unpacked yet (APPNOTE.TXT 4.3).
 *
 * @throws {AppError} FILE_DAMAGED without a directory, FILE_PROTECTED for an encrypted member, FILE_TOO_COMPLEX when it
 *   would unpack to too much; unpacking a member throws the same
 */
export function openZip(bytes: Uint8Array): Archive {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const members = directory(view)
  let lowerCase: Map<string, Member> | null = null
  const read = (name: string): Uint8Array | null => {
    // names of Office's parts know no case (ECMA-376 part 2)
    lowerCase ??= new Map([...members].map(([key, member]) => [key.toLowerCase(), member]))
    const member = members.get(name) ?? lowerCase.get(name.toLowerCase())
    return member ? unpack(view, member) : null
  }
  return {
    names: [...members.keys()],
    bytes: read,
    text(name) {
      const content = read(name)
      if (!content) return null
      const declared = /^<\?xml[^>]*encoding=["']([\w-]+)/.exec(
        Buffer.from(content.subarray(0, 200)).toString('latin1'),
      )
      return decodeText(content, declared?.[1])
    },
  }
}

/** Makes sure that a library which unpacks the file by itself will not unpack more text than the directory says. */
export function checkZip(bytes: Uint8Array): Archive {
  const archive = openZip(bytes)
  for (const name of archive.names) if (/\.(xml|rels)$/i.test(name)) archive.bytes(name)
  return archive
}
