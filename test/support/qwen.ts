import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './data.ts'
import { qwen05Shape, text, tokenizerOf, writeRandomModel } from './gguf.ts'

const CHATML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** A random model of the Qwen2.5-0.5B shape with Qwen2's own vocabulary, from llama.cpp's sources. */
export async function writeQwen(
  folder: string,
  { name: file = 'qwen2.5-0.5b-random', seed = 1 } = {},
): Promise<string> {
  const clone = join(folder, 'llama.cpp')
  if (!existsSync(clone)) {
    execFileSync('git', [
      'clone',
      '-q',
      '--no-checkout',
      join(root, 'node_modules/node-llama-cpp/llama/gitRelease.bundle'),
      clone,
    ])
  }
  const name = 'models/ggml-vocab-qwen2.gguf'
  execFileSync('git', ['-C', clone, 'checkout', 'HEAD', '--', name])
  const path = join(folder, `${file}.gguf`)
  const tokenizer = { ...(await tokenizerOf(join(clone, name))), 'tokenizer.chat_template': text(CHATML) }
  writeRandomModel(path, { shape: qwen05Shape, tokenizer, seed })
  return path
}
