import { mkdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { appError, type Export } from '../contract/index.ts'
import { exportAdapter, importAdapter, type ModelRegistry, readSource } from '../models/index.ts'
import { openEngine } from '../training/index.ts'

/** Adapters on their way between Lagotto and Python, and into models. */
export interface Adapters {
  /** @returns path of the adapter file */
  import(folder: string, modelId: string): Promise<string>
  /** @returns path of what was written */
  export(request: Export): Promise<string>
}

/** What PEFT is to load as the base of an adapter: the model's name on the hub where it is known. */
function baseName(reference: string | null, name: string): string {
  const repository = /^hf:([^/]+\/[^/@:]+)/.exec(reference ?? '')?.[1]
  return repository?.replace(/-GGUF$/i, '') ?? name
}

/** @param dir folder that imported adapters are kept in */
export function createAdapters(dir: string, registry: ModelRegistry): Adapters {
  async function writeModel({ adapter, to, type }: Extract<Export, { format: 'gguf' }>, path: string): Promise<void> {
    if (resolve(to) === path)
      throw appError('INVALID_INPUT', 'A model cannot be written over itself.', 'Choose another file.')
    const engine = openEngine()
    await mkdir(dirname(to), { recursive: true })
    const model = await engine.loadModel({ path })
    try {
      if (adapter === null) return await model.write({ path: to, type })
      const trainer = await model.createTrainer(await engine.inspectAdapter(adapter))
      try {
        await trainer.importAdapter(adapter)
        await model.write({ path: to, type }, trainer)
      } finally {
        await trainer.dispose()
      }
    } finally {
      await model.dispose()
    }
  }

  return {
    async import(folder, modelId) {
      const { path: base } = await registry.get(modelId)
      const path = join(dir, `${basename(resolve(folder))}.gguf`)
      await importAdapter(resolve(folder), base, path)
      return path
    },
    async export(request) {
      const { path, name } = await registry.get(request.modelId)
      if (request.format === 'gguf') {
        await writeModel(request, path)
      } else {
        const reference = (await readSource(path))?.reference ?? null
        await exportAdapter(request.adapter, path, request.to, baseName(reference, name))
      }
      return request.to
    },
  }
}
