import mammoth from 'mammoth'
import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { layOutMarkup } from './html.ts'
import { paragraphs } from './xml.ts'
import { type Archive, checkZip } from './zip.ts'

const styleMap = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"]

const textOf = (archive: Archive, parts: RegExp): string[] =>
  archive.names.filter((name) => parts.test(name)).flatMap((name) => paragraphs(archive.text(name) ?? ''))

/** Word documents (Office Open XML), headers and footers once, at the end. Pictures are left out and nothing outside the file is ever fetched. */
export const readDocx: FormatReader = async (bytes, path) => {
  const archive = checkZip(bytes)
  const html = await mammoth
    .convertToHtml(
      { buffer: Buffer.from(bytes) },
      { styleMap, convertImage: mammoth.images.imgElement(async () => ({ src: '' })), externalFileAccess: false },
    )
    .catch((error: unknown) => {
      throw error instanceof RangeError ? error : fileErrors.damaged(error)
    })
  const layout = new TextLayout()
  layOutMarkup(html.value, layout)
  // text that only stands in fields, or beside what is pronounced, is not in the markup
  if (layout.length === 0) for (const line of textOf(archive, /^word\/document\d*\.xml$/i)) layout.block(line)
  layout.block([...new Set(textOf(archive, /^word\/(header|footer)\d*\.xml$/i))].join('\n'))
  return layout.document(layout.headings.find((h) => h.level === 1)?.text ?? fileTitle(path))
}
