import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Character maps of the East Asian encodings that a PDF may name instead of bringing its own, and decoders of pictures.
 * They come with pdfjs-dist, of the version that unpdf is made of; nothing else is ever given out, and nothing is fetched.
 */
class OwnFiles {
  static readonly #dir = dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/package.json')))

  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const folder = kind === 'cMapUrl' ? 'cmaps' : 'wasm'
    const known = (kind === 'cMapUrl' || kind === 'wasmUrl') && /^[\w-]+\.(bcmap|wasm)$/.test(filename)
    if (!known) throw new Error(`${filename} is not at hand.`)
    return new Uint8Array(await readFile(join(OwnFiles.#dir, folder, filename)))
  }
}

/** How a PDF is opened here: quietly, and with nothing but our own files. */
export const documentOptions = {
  verbosity: 0,
  cMapUrl: 'cmaps/',
  cMapPacked: true,
  wasmUrl: 'wasm/',
  BinaryDataFactory: OwnFiles,
  useWorkerFetch: false,
}
