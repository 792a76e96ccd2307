import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { appError, type OcrLanguage } from '../contract/index.ts'
import type { RecognitionOptions } from '../corpus/index.ts'
import { fetchFile } from '../models/index.ts'
import type { Network } from '../network/index.ts'
import type { PaceStore } from '../store/index.ts'

/**
 * The languages whose data can be fetched: Tesseract's names, sizes and SHA-256 of the packed data that tesseract.js
 * offers for its neural network (`4.0.0_best_int`).
 */
const languages: readonly { code: string; name: string; sizeBytes: number; sha256: string }[] = [
  ['eng', 'English', 2952873, '45b4cb346724ac1774f1c36f42f182b887bcdb28ebe63e6fff90ac41f3fcff91'],
  ['ara', 'Arabic', 1661906, 'f4746c44b02342dd5b3d4f0198000f47d7c49f1a229e63e0f436c0592dcd9639'],
  ['chi_sim', 'Chinese (simplified)', 1718768, 'b8a23f10c7de500891eb458a8adc9cc58ab7f242f08b7d149f5e9aea4ad5db7c'],
  ['nld', 'Dutch', 3005696, 'a2d904b6ddc4feb0d31ecfcd7361a554102e7aa2e278c54f4fc029e0d0815571'],
  ['fra', 'French', 707406, 'd611139672b3752c7097e671e4a1d9209dfd37f2aeb081ef6487fba3351e9255'],
  ['deu', 'German', 1333102, '306c4280d0cbed46fbff727486bd43b92730181bae80f56941a091f363bdf28b'],
  ['hin', 'Hindi', 1389692, 'f3b6a0d320df38d886178cdd727b90dbf9df3db053adb32bd9cf73f0463cda07'],
  ['ita', 'Italian', 1660998, 'f702fcfad297ce028ede3626d1467b67939f23ff23595f9badd54681cf25a4d3'],
  ['jpn', 'Japanese', 2030256, '2b63ebfbf1484de4a08ce53b29ef98a1c17658a93cbd38acb665d7d316d0be88'],
  ['kor', 'Korean', 1572336, '78c21276ab14c9bb734d83be1055d9fe5469a4e7e977c51ad385be5737e61126'],
  ['pol', 'Polish', 2642356, 'a20fdec4ff99d8f8e84c708da3e42a4e935c26863055a0ed88aef5c66a59b91b'],
  ['por', 'Portuguese', 1392239, 'dacebc1386ddaaf8389f81094236cca0d690897cde693d48cbdaa881c86e2b4c'],
  ['spa', 'Spanish', 2100190, '40be52f97b5d4eb7460073dc1f94cd546b27150333c0bf854ed7e7132db6bceb'],
].map(([code, name, sizeBytes, sha256]) => ({ code, name, sizeBytes, sha256 }) as (typeof languages)[number])

/** Where the data lies; `LAGOTTO_OCR_DATA` names another place with the same files. */
const source = (): string =>
  (process.env['LAGOTTO_OCR_DATA'] || 'https://cdn.jsdelivr.net/npm/@tesseract.js-data').replace(/\/+$/, '')

const folderOf = (dataDir: string): string => join(dataDir, 'ocr')
const fileOf = (dataDir: string, code: string): string => join(folderOf(dataDir), `${code}.traineddata.gz`)

/**
 * What text in pictures is recognized with when these languages are wanted.
 *
 * @throws {AppError} NOT_FOUND for a language whose data is not here
 */
export function recognitionWith(dataDir: string, codes: readonly string[]): RecognitionOptions {
  for (const code of codes) {
    if (!/^\w+$/.test(code) || !existsSync(fileOf(dataDir, code))) {
      throw appError('NOT_FOUND', `The data to recognize “${code}” is not here.`, `Fetch it: lagotto ocr fetch ${code}`)
    }
  }
  return { languages: codes, folder: folderOf(dataDir) }
}

/** Text recognition: which languages there are, which are here, which are used. */
export interface Recognition {
  list(): OcrLanguage[]
  /**
   * Fetches the data of a language.
   *
   * @throws {AppError} NOT_FOUND, DOWNLOAD_FAILED, DOWNLOAD_DAMAGED, DISK_FULL
   */
  fetch(code: string, signal?: AbortSignal): Promise<void>
  /** What scans are read with now; null: they are not. */
  options(): RecognitionOptions | null
  /** ms that a thread needs for a page in these languages, as far as it is known. */
  pace(): number
  /** So many pages took so long. */
  took(pages: number, ms: number): void
}

/** ms for a page as long as none was recognized here: sheets of A4 take 1 to 5 s. */
const USUAL_PACE = 3000

/**
 * @param used the languages that the person switched on
 * @param network how requests leave this computer
 * @param paces where it is kept how long pages take
 */
export function createRecognition(
  dataDir: string,
  used: () => readonly string[],
  network: () => Network,
  paces: PaceStore,
): Recognition {
  const here = (code: string): boolean => existsSync(fileOf(dataDir, code))
  const ready = (): string[] => used().filter(here)
  /** Each language makes it take longer. */
  const kind = (): string => `recognition ${ready().toSorted().join('+')}`
  return {
    list: () => languages.map(({ sha256: _, ...language }) => ({ ...language, here: here(language.code) })),
    async fetch(code, signal) {
      const language = languages.find((each) => each.code === code)
      if (!language) throw appError('NOT_FOUND', `There is no data for “${code}”.`, 'Choose one of the list.')
      const { sizeBytes, sha256 } = language
      await fetchFile(
        {
          name: `${code}.traineddata.gz`,
          url: `${source()}/${code}/4.0.0_best_int/${code}.traineddata.gz`,
          sizeBytes,
          sha256,
          etag: null,
        },
        fileOf(dataDir, code),
        {
          purpose: 'Fetch a language for text recognition',
          network: network(),
          ...(signal ? { signal } : {}),
        },
      )
    },
    options() {
      const codes = ready()
      return codes.length === 0 ? null : { languages: codes, folder: folderOf(dataDir) }
    },
    pace: () => paces.get(kind()) ?? USUAL_PACE,
    took: (pages, ms) => paces.add(kind(), pages, ms),
  }
}
