import { openEngine } from '../../src-main/training/index.ts'
import { relativeError } from './engine.ts'
import { microBatch, shake, withTrainer } from './micro.ts'

/**
 * `node kernel-check.ts <model>`: how far logits and gradients of the CPU kernels that LAGOTTO_KERNELS names are from
 * those of plain ggml operators, as JSON. A process of its own: kernels are chosen once.
 */
const [path = ''] = process.argv.slice(2)
const engine = openEngine()
const { kernels } = await engine.measurePeak()

async function compute(plain: boolean) {
  const model = await engine.loadModel({ path }, { threads: 1, plain, logitRows: 7 })
  const batch = microBatch(1500, [{ kind: 'cross-entropy' }], [210, 31])
  const { tokens, rows } = batch.sequences[0] ?? { tokens: [], rows: [] }
  const [scores] = await model.score([{ tokens, rows }], { logits: true })
  // A rank that no kernel divides.
  const gradients = await withTrainer(model, { rank: 5 }, async (trainer) => {
    await shake(trainer, 0.02)
    return [...(await trainer.gradients(batch)).values()].flatMap((gradient) => [...gradient])
  })
  await model.dispose()
  return { logits: scores?.logits ?? [], gradients }
}

const expected = await compute(true)
const actual = await compute(false)
console.log(
  JSON.stringify({
    kernels,
    logits: relativeError(actual.logits, expected.logits),
    gradients: relativeError(actual.gradients, expected.gradients),
  }),
)
