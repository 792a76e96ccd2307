import { posix } from 'node:path'
import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { layOutMarkup } from './html.ts'
import { elementText, parseXml } from './xml.ts'
import { openZip } from './zip.ts'

/** XML may close an element at once; read as HTML it would stay open. */
const EMPTY_ELEMENT = /<(a|b|div|em|h[1-6]|i|li|p|script|small|span|strong|style|td|th|title)((?:\s[^<>]*)?)\/>/gi

const unescaped = (href: string): string => {
  try {
    return decodeURIComponent(href)
  } catch {
    return href
  }
}

/** Books (EPUB 2 and 3): the chapters in the order of the spine. What is not text is never unpacked. */
export const readEpub: FormatReader = (bytes, path, onPart) => {
  const archive = openZip(bytes)
  let root = ''
  parseXml(archive.text('META-INF/container.xml') ?? '', {
    open(name, attributes) {
      if (name === 'rootfile' && root === '') root = attributes['full-path'] ?? ''
    },
  })
  if (!archive.names.includes(root)) root = archive.names.find((name) => name.toLowerCase().endsWith('.opf')) ?? root
  const opf = archive.text(root)
  if (opf === null) throw fileErrors.damaged('no package document')

  const items = new Map<string, string>()
  const spine: string[] = []
  parseXml(opf, {
    open(name, { id, href, idref }) {
      if (name === 'item' && id !== undefined && href !== undefined) {
        items.set(id, posix.join(posix.dirname(root), unescaped(href.split('#')[0] ?? '')))
      } else if (name === 'itemref' && idref !== undefined) spine.push(idref)
    },
  })
  const chapters = [...new Set(spine.flatMap((id) => items.get(id) ?? []))]
  const encrypted = archive.text('META-INF/encryption.xml') ?? ''
  if (chapters.some((chapter) => encrypted.includes(`"${chapter}"`))) throw fileErrors.protected()

  const layout = new TextLayout()
  for (const chapter of chapters) {
    const markup = archive.text(chapter)
    if (markup !== null) layOutMarkup(markup.replace(EMPTY_ELEMENT, '<$1$2></$1>'), layout)
    onPart()
  }
  return layout.document(elementText(opf, 'title') || fileTitle(path))
}
