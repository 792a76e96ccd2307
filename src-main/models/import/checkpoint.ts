import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { appError } from '../../contract/index.ts'
import { type CheckpointConfig, parseConfig } from './config.ts'
import { damaged } from './errors.ts'
import { readSafetensors, type SourceTensor } from './safetensors.ts'
import type { TokenizerFiles } from './tokenizer.ts'

/** A Hugging Face checkpoint in a folder, its weights not yet read. */
export interface Checkpoint {
  name: string
  config: CheckpointConfig
  tokenizer: TokenizerFiles
  tensors: Map<string, SourceTensor>
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}

async function readJson(path: string): Promise<unknown> {
  const content = await readText(path)
  if (content === null) return null
  try {
    return JSON.parse(content)
  } catch (error) {
    throw damaged(basename(path), String(error))
  }
}

/** Reads the configuration alone. */
export async function readConfig(dir: string): Promise<CheckpointConfig> {
  const config = await readJson(join(dir, 'config.json'))
  if (config !== null) return parseConfig(config)
  throw appError(
    'MODEL_UNSUPPORTED',
    `${dir} holds no checkpoint: there is no config.json in it.`,
    'Choose the folder that holds config.json, tokenizer.json and the .safetensors files.',
  )
}

/**
 * Opens a checkpoint: configuration, tokenizer, and where each tensor lies.
 *
 * @throws {AppError} MODEL_UNSUPPORTED, CHECKPOINT_DAMAGED, PATH_MISSING
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const names = await readdir(dir).catch(() => {
    throw appError('PATH_MISSING', `There is no folder ${dir}.`, 'Check the path.')
  })
  const config = await readConfig(dir)
  const index = (await readJson(join(dir, 'model.safetensors.index.json'))) as {
    weight_map?: Record<string, unknown>
  } | null
  const listed = index && new Set(Object.values(index.weight_map ?? {}).map(String))
  const files = listed ? [...listed] : names.filter((name) => name.endsWith('.safetensors'))
  const missing = files.filter((name) => !names.includes(name))
  if (files.length === 0 || missing.length > 0)
    throw damaged('The checkpoint', missing.length > 0 ? `${missing.join(', ')} are missing` : 'it has no weights')
  const tensors = new Map<string, SourceTensor>()
  for (const name of files.sort()) {
    for (const [tensor, where] of await readSafetensors(join(dir, name))) tensors.set(tensor, where)
  }
  return {
    name: basename(dir),
    config,
    tensors,
    tokenizer: {
      tokenizer: await readJson(join(dir, 'tokenizer.json')),
      tokenizerConfig: await readJson(join(dir, 'tokenizer_config.json')),
      generationConfig: await readJson(join(dir, 'generation_config.json')),
      chatTemplate: await readText(join(dir, 'chat_template.jinja')),
    },
  }
}
