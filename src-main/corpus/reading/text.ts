import { type FormatReader, fileTitle } from './document.ts'
import { decodeText } from './encoding.ts'

/** Plain text, taken as it is. */
export const readText: FormatReader = (bytes, path) => ({
  title: fileTitle(path),
  text: decodeText(bytes),
  pageStarts: [],
  pages: null,
  headings: [],
  collection: false,
})
