import { passageEvidence, type QuestionEvidence, type Trace } from '../../../src-main/contract/index.ts'
import { sourcesOf } from '../trace/steps.ts'

/** The passages that support an answer, with what supports it marked. */
export const evidenceOf = (trace: Trace): QuestionEvidence[] =>
  sourcesOf(trace)
    .filter(({ evidence }) => evidence.length > 0)
    .map(({ passage, evidence }) =>
      passageEvidence(
        passage,
        evidence.map(({ start, end }) => ({ start, end })),
      ),
    )
