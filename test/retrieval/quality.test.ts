import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  evaluateRetrieval,
  judgedQuestions,
  loadCorpus,
  loadQrels,
  loadQueries,
  loadQuestions,
  type Question,
} from '../../src-main/evaluation/index.ts'
import { openPassageIndex } from '../../src-main/retrieval/index.ts'
import { dataDir } from '../support/data.ts'
import { temporaryFolder } from '../support/index-files.ts'
import { passage } from '../support/passages.ts'

const data = dataDir()
const folder = temporaryFolder()
afterAll(() => folder.remove())

/** Every n-th question, so that a big set takes seconds. */
const everyNth = (questions: Question[], n: number) => questions.filter((_, i) => i % n === 0)

/** Questions of a set; squad-passages has 5,302, of which every fourth is asked. */
async function questionsOf(set: string, dir: string): Promise<Question[]> {
  if (set !== 'ir-classic/scifact')
    return everyNth((await loadQuestions(join(dir, 'qa.jsonl'))).questions, set.startsWith('squad') ? 4 : 1)
  return judgedQuestions(await loadQueries(join(dir, 'queries.jsonl')), await loadQrels(join(dir, 'qrels.tsv')))
}

async function ndcg(set: string): Promise<number> {
  const dir = join(data ?? '', set)
  const index = await openPassageIndex({ dir: join(folder.path, set.replace('/', '-')) })
  try {
    const files = []
    for await (const { id, title, text } of loadCorpus(join(dir, 'corpus.jsonl'))) {
      files.push({ fileId: id, passages: [passage(id, text, { title, fileId: id })] })
    }
    await index.replace(files)
    await index.finish()
    const questions = await questionsOf(set, dir)
    const { metrics } = await evaluateRetrieval({ questions, search: (query, limit) => index.search(query, limit) })
    return 100 * metrics['ndcg@10']
  } finally {
    await index.close()
  }
}

/** nDCG@10; a correct BM25 gives 88.9, 68.3 and 71.8, and 94.1, 97.0, 90.1 and 82.9 on xquad. */
describe.skipIf(data === null)('full text finds more than a correct BM25', () => {
  it.each([
    ['squad-passages', 89],
    ['ir-classic/scifact', 69],
    ['multihop', 79],
    ['xquad/de', 94.5],
    ['xquad/zh', 97],
    ['xquad/ar', 93.7],
    ['xquad/hi', 94.6],
  ])('%s: nDCG@10 of at least %d', { timeout: 120_000 }, async (set, least) => {
    expect(await ndcg(set)).toBeGreaterThanOrEqual(least)
  })
})
