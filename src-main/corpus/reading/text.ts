import { basename } from 'node:path'
import { type FormatReader, fileTitle, plainDocument } from './document.ts'
import { decodeText } from './encoding.ts'

/** Plain text, taken as it is. */
export const readText: FormatReader = (bytes, path) => plainDocument(fileTitle(path), decodeText(bytes))

/** Source code and data: plain text that is known by its whole name. */
export const readCode: FormatReader = (bytes, path) => plainDocument(basename(path), decodeText(bytes))
