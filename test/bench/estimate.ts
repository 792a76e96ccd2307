import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRouterClient } from '@orpc/server'
import { type EstimatedPart, takesWords } from '../../src-main/contract/index.ts'
import { type Service, startService } from '../../src-main/service/index.ts'
import { root } from '../support/data.ts'
import { embeddingMetadata, type ModelShape, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { ocrFolder } from '../support/ocr-data.ts'
import { mixedFiles } from './ingest.ts'

/** As large as all-MiniLM-L6-v2 without its vocabulary. */
const embedderShape: ModelShape = {
  architecture: 'qwen2',
  embedding: 384,
  layers: 6,
  heads: 6,
  keyValueHeads: 6,
  headSize: 64,
  feedForward: 1536,
  contextLength: 512,
  weights: 'Q8_0',
}

/**
 * How far the dry run's estimate is from what adding the folder then takes: mixed files, scans of two pages each and an
 * embedder (random weights; `--embedder FILE` takes another, `--embedder none` none). The second estimate knows how long
 * text recognition took.
 */
export async function bench(args: string[]): Promise<{ table: string; result: object }> {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: 'string', default: '400' },
      scans: { type: 'string', default: '10' },
      embedder: { type: 'string' },
      /** Of this folder instead of generated files. */
      folder: { type: 'string' },
    },
  })
  const place = mkdtempSync(join(tmpdir(), 'lagotto-bench-'))
  let service: Service | null = null
  try {
    const dataDir = join(place, 'data')
    const documents = values.folder ?? join(place, 'documents')
    mkdirSync(join(dataDir, 'ocr'), { recursive: true })
    if (!values.folder) {
      mkdirSync(documents)
      mixedFiles(documents, Number(values.files))
      const scan = join(root, 'test/fixtures/scan.pdf')
      for (let i = 0; i < Number(values.scans); i++) copyFileSync(scan, join(documents, `scan-${i}.pdf`))
    }
    copyFileSync(join(ocrFolder, 'eng.traineddata.gz'), join(dataDir, 'ocr/eng.traineddata.gz'))
    service = await startService({ dataDir, resourcesDir: join(root, 'resources'), version: 'bench' })
    const client = createRouterClient(service.router)
    await client.system.updateSettings({ ocr: ['eng'] })
    if (values.embedder !== 'none') {
      const path = values.embedder ?? join(place, 'embedder.gguf')
      if (!values.embedder)
        writeRandomModel(path, { shape: embedderShape, tokenizer: await tokenizerOf(), metadata: embeddingMetadata })
      await client.models.add({ path })
    }
    const survey = async () => {
      const started = performance.now()
      let estimate: EstimatedPart[] | null = null
      for await (const told of await client.libraries.survey({ paths: [documents] })) estimate = told.estimate
      return { estimate: estimate ?? [], seconds: (performance.now() - started) / 1000 }
    }
    const before = await survey()
    const { id } = await client.libraries.create({ name: 'Bench' })
    const started = performance.now()
    let read = 0
    const { jobId } = await client.libraries.addSources({ id, paths: [documents] })
    // passages are embedded when all files are read
    for await (const { event } of await client.jobs.events({ id: jobId }))
      if (event.type === 'file') read = performance.now() - started
    const total = performance.now() - started
    const after = await survey()
    const passages = (await client.libraries.list()).find((library) => library.id === id)?.passages ?? 0
    const took = { reading: read / 1000, embedding: (total - read) / 1000 }
    const told = ({ estimate, seconds }: typeof before) =>
      `${takesWords(estimate)} (${estimate.map(({ what, ms }) => `${what} ${ms === null ? '?' : (ms / 1000).toFixed(1)}`).join(', ')} s; told after ${seconds.toFixed(1)} s)`
    return {
      table: [
        `estimated  ${told(before)}`,
        `took       reading and text recognition ${took.reading.toFixed(1)} s, embedding and tidying up ${took.embedding.toFixed(1)} s; ${passages} passages`,
        `again      ${told(after)}`,
      ].join('\n'),
      result: { bench: 'estimate', before, took, passages, after },
    }
  } finally {
    await service?.close()
    rmSync(place, { recursive: true, force: true })
  }
}
