import mammoth from 'mammoth'
import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { layOutMarkup } from './html.ts'
import { checkZip } from './zip.ts'

const styleMap = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"]

/** Word documents (Office Open XML). Pictures are left out and nothing outside the file is ever fetched. */
export const readDocx: FormatReader = async (bytes, path) => {
  checkZip(bytes)
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
  return layout.document(layout.headings.find((h) => h.level === 1)?.text ?? fileTitle(path))
}
