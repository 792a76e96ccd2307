import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist'
import { getDocument, OPS } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { documentOptions } from './pdf-files.ts'

/** A picture in shades of gray, row by row from the top; 255 is white. */
export interface GrayImage {
  width: number
  height: number
  data: Uint8Array
}

/** A picture as pdf.js unpacks it. */
interface Picture {
  width: number
  height: number
  /** 1: a bit per pixel, rows in whole bytes; 2: RGB; 3: RGBA. A mask has bits without saying so. */
  kind?: number
  data: Uint8Array | Uint8ClampedArray
}

/** [a, b, c, d, e, f]: x' = a x + c y + e, y' = b x + d y + f. */
type Matrix = [number, number, number, number, number, number]

/** Longest side of what is looked at, in pixels: a sheet of A4 at 300 dots per inch. */
const MAX_SIDE = 3500
/** At fewer pixels per point (150 dots per inch) letters are too small to be told apart: such pictures are enlarged. */
const MIN_SCALE = 3
/** Smaller pictures hold no words. */
const MIN_WIDTH = 60
const MIN_HEIGHT = 16
/** A picture that takes longer to unpack is left out, ms. */
const UNPACK_MS = 20_000

const times = (m: Matrix, n: Matrix): Matrix => [
  m[0] * n[0] + m[2] * n[1],
  m[1] * n[0] + m[3] * n[1],
  m[0] * n[2] + m[2] * n[3],
  m[1] * n[2] + m[3] * n[3],
  m[0] * n[4] + m[2] * n[5] + m[4],
  m[1] * n[4] + m[3] * n[5] + m[5],
]

/** Opens a PDF to look at its pictures: what text is read with cannot unpack those of black and white scans. */
export async function openPictures(bytes: Uint8Array): Promise<PDFDocumentProxy> {
  // takes the place of the worker of what text is read with, which came first
  await import('pdfjs-dist/legacy/build/pdf.worker.mjs')
  return getDocument({ data: bytes, ...documentOptions }).promise
}

/** The pictures that a page shows, with the matrices that lay the unit square where each lies on the page. */
async function pictures(page: PDFPageProxy): Promise<{ picture: Picture; matrix: Matrix; mask: boolean }[]> {
  const { fnArray, argsArray } = await page.getOperatorList()
  const unpacked = (key: string): Promise<Picture | null> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, UNPACK_MS, null)
      const store = key.startsWith('g_') ? page.commonObjs : page.objs
      store.get(key, (picture: Picture | null) => {
        clearTimeout(timer)
        resolve(picture)
      })
    })
  const found: { picture: Picture; matrix: Matrix; mask: boolean }[] = []
  const stack: Matrix[] = []
  let matrix: Matrix = [1, 0, 0, 1, 0, 0]
  for (const [i, operator] of fnArray.entries()) {
    const [first] = (argsArray[i] ?? []) as unknown[]
    if (operator === OPS.save || operator === OPS.paintFormXObjectBegin) stack.push(matrix)
    else if (operator === OPS.restore || operator === OPS.paintFormXObjectEnd) matrix = stack.pop() ?? matrix
    if (operator === OPS.transform) matrix = times(matrix, argsArray[i] as Matrix)
    else if (operator === OPS.paintFormXObjectBegin && first) matrix = times(matrix, first as Matrix)
    else if (operator === OPS.paintImageXObject || operator === OPS.paintInlineImageXObject) {
      const picture = typeof first === 'string' ? await unpacked(first) : (first as Picture)
      if (picture?.data) found.push({ picture, matrix, mask: false })
    } else if (operator === OPS.paintImageMaskXObject) {
      const { data, ...size } = first as Omit<Picture, 'data'> & { data: unknown }
      const picture = typeof data === 'string' ? await unpacked(data) : ({ ...size, data } as Picture)
      if (picture?.data) found.push({ picture: { ...size, ...picture }, matrix, mask: true })
    }
  }
  return found.filter(({ picture }) => picture.width > 0 && picture.height > 0)
}

/** How light a pixel is; null where nothing is painted. */
function shadeOf({ width, kind, data }: Picture, mask: boolean): (x: number, y: number) => number | null {
  const rowBytes = (width + 7) >> 3
  if (mask || kind === 1) {
    const painted = mask ? null : 255
    return (x, y) => ((data[y * rowBytes + (x >> 3)] as number) & (0x80 >> (x & 7)) ? painted : 0)
  }
  const step = kind === 3 ? 4 : 3
  return (x, y) => {
    const at = (y * width + x) * step
    const light = (77 * (data[at] as number) + 150 * (data[at + 1] as number) + 29 * (data[at + 2] as number)) >> 8
    return step === 4 ? 255 - (((255 - light) * (data[at + 3] as number)) >> 8) : light
  }
}

/**
 * Lays the pictures of a page on a white sheet, where they lie on the page and the way up that it is shown: all that there
 * is to see of a page that was scanned. Null where there are none that could hold words.
 */
export async function pageImage(pdf: PDFDocumentProxy, number: number): Promise<GrayImage | null> {
  const page = await pdf.getPage(number)
  const all = await pictures(page)
  const sharpest = Math.max(
    MIN_SCALE,
    ...all.map(({ picture, matrix: [a, b] }) => picture.width / Math.max(1, Math.hypot(a, b))),
  )
  const { width, height } = page.getViewport({ scale: 1 })
  const scale = Math.min(sharpest, MAX_SIDE / Math.max(width, height))
  const sheet = { width: Math.round(width * scale), height: Math.round(height * scale) }
  const large = all.some(({ picture }) => picture.width >= MIN_WIDTH && picture.height >= MIN_HEIGHT)
  if (!large || sheet.width < MIN_WIDTH || sheet.height < MIN_HEIGHT) return null
  const data = new Uint8Array(sheet.width * sheet.height).fill(255)
  const toSheet = page.getViewport({ scale }).transform as Matrix
  for (const { picture, matrix, mask } of all) {
    const [a, b, c, d, e, f] = times(toSheet, matrix)
    const determinant = a * d - b * c
    if (determinant === 0) continue
    const shade = shadeOf(picture, mask)
    const [left, right] = [e + Math.min(0, a, c, a + c), e + Math.max(0, a, c, a + c)]
    const [top, bottom] = [f + Math.min(0, b, d, b + d), f + Math.max(0, b, d, b + d)]
    for (let y = Math.max(0, Math.floor(top)); y < Math.min(sheet.height, bottom); y++) {
      for (let x = Math.max(0, Math.floor(left)); x < Math.min(sheet.width, right); x++) {
        const [dx, dy] = [x + 0.5 - e, y + 0.5 - f]
        const u = (d * dx - c * dy) / determinant
        const v = (a * dy - b * dx) / determinant
        if (u < 0 || u >= 1 || v < 0 || v >= 1) continue
        // the rows of a picture come from the top, the unit square begins at the bottom
        const light = shade(Math.floor(u * picture.width), Math.floor((1 - v) * picture.height - 1e-9))
        if (light !== null) data[y * sheet.width + x] = light
      }
    }
  }
  return { ...sheet, data }
}
