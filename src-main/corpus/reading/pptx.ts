import { type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { mainPart, relations } from './relations.ts'
import { elementText, parseXml } from './xml.ts'
import { type Archive, openZip } from './zip.ts'

/** Placeholders that repeat on every slide, or stand for a picture. */
const FURNITURE = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg'])
const TITLES = new Set(['title', 'ctrTitle'])

/** The slides in the order of the presentation; by their numbers where that is not known. */
function slides(archive: Archive): string[] {
  const presentation = mainPart(archive, 'ppt/presentation.xml')
  const parts = relations(archive, presentation)
  const ordered: string[] = []
  parseXml(archive.text(presentation) ?? '', {
    open(name, attributes) {
      const target = name === 'sldId' ? parts.get(attributes['r:id'] ?? '')?.target : undefined
      if (target !== undefined && archive.names.includes(target)) ordered.push(target)
    },
  })
  if (ordered.length > 0) return ordered
  const number = (name: string): number => Number(/(\d+)\.xml$/.exec(name)?.[1])
  return archive.names.filter((name) => /^ppt\/slides\/slide\d+\.xml$/.test(name)).sort((a, b) => number(a) - number(b))
}

/** Lays out the shapes of a slide or of its notes: titles as headings, paragraphs, tables. */
function addShapes(xml: string, layout: TextLayout): void {
  let placeholder = ''
  let paragraphs: string[] = []
  let line = ''
  let inText = false
  let rows: string[][] | null = null
  let cell: string[] | null = null
  /** Inside of what older programs show in place of something that stands there as well. */
  let fallback = false
  const flush = (): void => {
    if (TITLES.has(placeholder)) layout.heading(1, paragraphs.join(' '))
    else if (!FURNITURE.has(placeholder)) layout.block(paragraphs.join('\n'))
    paragraphs = []
  }
  parseXml(xml, {
    open(name, { type }) {
      if (name === 'sp') placeholder = ''
      else if (name === 'ph') placeholder = type ?? 'body'
      else if (name === 'Fallback') fallback = true
      else if (name === 't') inText = !fallback
      else if (name === 'br') line += '\n'
      else if (name === 'tbl') rows = []
      else if (name === 'tr') rows?.push([])
      else if (name === 'tc') cell = []
    },
    text(part) {
      if (inText) line += part
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'Fallback') fallback = false
      else if (name === 'p') {
        if (line.trim() !== '') (cell ?? paragraphs).push(line.trim())
        line = ''
      } else if (name === 'tc') {
        rows?.at(-1)?.push((cell ?? []).join(' '))
        cell = null
      } else if (name === 'tbl') {
        layout.table(rows ?? [], rows !== null && rows.length > 1 ? 0 : null)
        rows = null
      } else if (name === 'sp') flush()
    },
  })
  flush()
}

/** PowerPoint presentations (Office Open XML): a page per slide, with the speaker's notes. */
export const readPptx: FormatReader = (bytes, path, onPart) => {
  const archive = openZip(bytes)
  const parts = slides(archive)
  if (parts.length === 0 && archive.text(mainPart(archive, 'ppt/presentation.xml')) === null)
    throw fileErrors.damaged('no presentation')
  const layout = new TextLayout()
  for (const part of parts) {
    layout.beginPage()
    addShapes(archive.text(part) ?? '', layout)
    for (const { kind, target } of relations(archive, part).values()) {
      if (kind === 'notesSlide') addShapes(archive.text(target) ?? '', layout)
    }
    onPart()
  }
  const title = elementText(archive.text('docProps/core.xml'), 'title')
  const named = title === '' || /^(powerpoint presentation|slide 1|pr[äe]sentation)/i.test(title) ? '' : title
  return layout.document(named || layout.headings[0]?.text || fileTitle(path))
}
