import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { root } from './data.ts'

/** The folder with the English data that text is recognized with, as the package has it. */
export const ocrFolder = join(root, 'node_modules/@tesseract.js-data/eng/4.0.0_best_int')

/** A PDF of two pages that are pictures of text; the second lies on its side and is turned by its viewer. */
export const scan = readFileSync(join(root, 'test/fixtures/scan.pdf'))

/** A server that has the data of English, on loopback; `damaged`: what it sends is not what it should be. */
export async function serveOcrData() {
  const seen: string[] = []
  const behavior = { damaged: false }
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    if (request.url !== '/eng/4.0.0_best_int/eng.traineddata.gz') return void response.writeHead(404).end()
    const data = readFileSync(join(ocrFolder, 'eng.traineddata.gz'))
    if (behavior.damaged) data[1000] = (data[1000] as number) ^ 1
    response.writeHead(200, { 'content-length': data.length }).end(data)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    behavior,
    close: () => server.close(),
  }
}
