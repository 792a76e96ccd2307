/** What is used of the engine of tesseract.js, which comes without types. */
declare module 'tesseract.js-core/tesseract-core-simd-lstm.js' {
  interface Core {
    FS: { writeFile(path: string, data: Uint8Array): void }
    TessBaseAPI: new () => Api
  }
  interface Api {
    /** 0: it is ready. */
    Init(dataPath: string, languages: string, engine: number): number
    /** Takes `/input`; 0: it could be read. */
    SetImageFile(exifOrientation: number, angle: number): number
    Recognize(monitor: null): number
    GetUTF8Text(): string
    /** A row for each block, paragraph, line and word. */
    GetTSVText(page: number): string
    /** From 0 to 100. */
    MeanTextConf(): number
  }
  /** A loaded engine. */
  export interface Tesseract {
    core: Core
    api: Api
  }
  export default function load(options: object): Promise<Core>
}
declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs'
