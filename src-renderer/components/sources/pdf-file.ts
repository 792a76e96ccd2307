import { getDocument, PDFDataRangeTransport, type PDFDocumentLoadingTask, PDFWorker } from 'pdfjs-dist'
import Worker from 'pdfjs-dist/build/pdf.worker.min.mjs?worker'
import { client } from '../../api/client.ts'

/** Bytes that are asked for at a time. */
const PART = 1 << 20

/** Character maps and the fonts that every PDF may take for granted, by file name; served with the interface. */
const data: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    ...import.meta.glob<string>('../../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
      eager: true,
      query: '?url&no-inline',
      import: 'default',
    }),
    ...import.meta.glob<string>('../../../node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}', {
      eager: true,
      query: '?url&no-inline',
      import: 'default',
    }),
  }).map(([path, url]) => [path.slice(path.lastIndexOf('/') + 1), url]),
)

/** Gives pdf.js the files it asks for from {@link data}, and nothing else. */
class LocalData {
  async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
    const url = data[filename]
    const response = url === undefined ? null : await fetch(url)
    if (!response?.ok) throw new Error(`there is no ${filename}`)
    return new Uint8Array(await response.arrayBuffer())
  }
}

/** A document's bytes over the contract: what the viewer asks for, a part at a time. */
class Bytes extends PDFDataRangeTransport {
  readonly #read: (start: number, end: number) => Promise<Uint8Array>
  readonly #failed: (error: unknown) => void

  constructor(
    size: number,
    first: Uint8Array,
    read: (start: number, end: number) => Promise<Uint8Array>,
    failed: (error: unknown) => void,
  ) {
    super(size, first)
    this.#read = read
    this.#failed = failed
  }

  override requestDataRange(begin: number, end: number): void {
    this.#read(begin, end).then((bytes) => this.onDataRange(begin, bytes), this.#failed)
  }
}

const decoded = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/**
 * Opens a PDF of a library for drawing. Nothing in it is run, and nothing it points to is fetched.
 *
 * @param failed hears when a part of the file cannot be read later on
 */
export async function openPdf(
  libraryId: string,
  fileId: string,
  failed: (error: unknown) => void,
): Promise<{ task: PDFDocumentLoadingTask; close(): void }> {
  const part = (start: number, end: number) => client.libraries.bytes({ id: libraryId, fileId, start, end })
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(end - start)
    for (let at = start; at < end; at += PART) {
      bytes.set(decoded((await part(at, Math.min(end, at + PART))).base64), at - start)
    }
    return bytes
  }
  const { base64, sizeBytes } = await part(0, PART)
  const first = decoded(base64)
  const port = new Worker()
  const worker = new PDFWorker({ port } as unknown as ConstructorParameters<typeof PDFWorker>[0])
  const task = getDocument({
    ...(sizeBytes <= PART ? { data: first } : { range: new Bytes(sizeBytes, first, read, failed) }),
    worker,
    BinaryDataFactory: LocalData,
    useWorkerFetch: false,
    disableStream: true,
    disableAutoFetch: true,
    enableXfa: false,
  })
  return {
    task,
    close() {
      void task.destroy().finally(() => {
        worker.destroy()
        port.terminate()
      })
    },
  }
}
