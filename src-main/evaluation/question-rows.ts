import { z } from 'zod'
import { evidenceTextSchema, type QuestionEvidence, questionEvidenceSchema, tagSchema } from '../contract/index.ts'

/** A question as a file brings it. */
export interface FileQuestion {
  /** Null: the file gives it none. */
  id: string | null
  question: string
  answers: string[]
  goldPassageIds: string[]
  evidence: QuestionEvidence[]
  tags: string[]
}

/** One entry of a file, or why it is none. */
export type Entry = { where: string } & ({ value: FileQuestion } | { broken: string })

export const idSchema = z.union([z.string().min(1), z.number().transform(String)])
export const textSchema = z.string().trim().min(1)
/** Answers as one text or as several; numbers and truth values as they are written. */
const answersSchema = z
  .union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number(), z.boolean()]))])
  .transform((value) => [value].flat().map(String))

/** A row of our own form. */
export const rowSchema = z
  .object({
    id: idSchema.optional(),
    _id: idSchema.optional(),
    question: textSchema,
    answers: answersSchema.optional(),
    answer: answersSchema.optional(),
    gold_passage_ids: z.array(idSchema).default([]),
    evidence: z.array(z.union([questionEvidenceSchema, evidenceTextSchema])).default([]),
    tags: z.array(tagSchema).default([]),
  })
  .transform(
    ({ id, _id, question, answers, answer, gold_passage_ids, evidence, tags }): FileQuestion => ({
      id: id ?? _id ?? null,
      question,
      answers: answers ?? answer ?? [],
      goldPassageIds: gold_passage_ids,
      evidence,
      tags: [...new Set(tags)],
    }),
  )

/** HotpotQA's own files, and the columns that the same data has on the hub. */
export const hotpotSchema = z
  .object({
    _id: idSchema.optional(),
    id: idSchema.optional(),
    question: textSchema,
    answer: z.string(),
    supporting_facts: z.union([
      z.array(z.tuple([z.string(), z.number()])).transform((facts) => facts.map(([title]) => title)),
      z.object({ title: z.array(z.string()) }).transform(({ title }) => title),
    ]),
    context: z.union([
      z.array(z.tuple([z.string(), z.array(z.string())])),
      z
        .object({ title: z.array(z.string()), sentences: z.array(z.array(z.string())) })
        .transform(({ title, sentences }) => title.map((name, i): [string, string[]] => [name, sentences[i] ?? []])),
    ]),
  })
  .transform(
    ({ id, _id, question, answer, supporting_facts, context }): FileQuestion => ({
      id: id ?? _id ?? null,
      question,
      answers: [answer],
      goldPassageIds: [],
      evidence: context
        .filter(([title]) => supporting_facts.includes(title))
        .map(([title, sentences]) => ({ title, text: sentences.join('').trim() })),
      tags: [],
    }),
  )

const messageSchema = z.object({ role: z.string(), content: z.string() })
const targetsSchema = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat())

const ASKED = 'Question:'

/** The question at the end of Search-R1's instructions. */
function askedIn(prompt: z.infer<typeof messageSchema>[] | string): string {
  const text =
    typeof prompt === 'string' ? prompt : (prompt.filter(({ role }) => role === 'user').at(-1)?.content ?? '')
  const at = text.lastIndexOf(ASKED)
  return text.slice(at < 0 ? 0 : at + ASKED.length).trim()
}

/**
 * A row of Search-R1's training data (`scripts/data_process` of github.com/PeterGriffinJin/Search-R1): the message to the
 * model, the accepted answers in `reward_model.ground_truth.target`, the set it came from in `data_source`, which becomes a
 * tag; beside these the question itself where the columns of the raw data were kept.
 */
export const searchR1Schema = z
  .object({
    id: idSchema.nullish(),
    question: z.string().nullish(),
    data_source: z.string().nullish(),
    prompt: z.union([z.string(), z.array(messageSchema)]).nullish(),
    reward_model: z.object({
      ground_truth: z.union([targetsSchema, z.object({ target: targetsSchema }).transform(({ target }) => target)]),
    }),
  })
  .transform(({ id, question, data_source, prompt, reward_model }) => ({
    id: id ?? null,
    question: question?.trim() || askedIn(prompt ?? ''),
    answers: reward_model.ground_truth,
    goldPassageIds: [],
    evidence: [],
    tags: data_source?.trim() ? [data_source.trim().slice(0, 50)] : [],
  }))
  .refine(({ question }) => question !== '', 'question: there is none, neither in a column nor in the prompt')

/** SQuAD as rows, as it is on the hub. */
export const squadRowSchema = z
  .object({
    id: idSchema.nullish(),
    title: z.string().default(''),
    context: z.string(),
    question: textSchema,
    answers: z.object({ text: z.array(z.string()) }),
  })
  .transform(
    ({ id, title, context, question, answers }): FileQuestion => ({
      id: id ?? null,
      question,
      answers: [...new Set(answers.text)],
      goldPassageIds: [],
      evidence: [{ title: title.replaceAll('_', ' '), text: context }],
      tags: [],
    }),
  )

/** `question: Too small` */
const complaint = ({ issues: [first] }: z.ZodError): string =>
  [first?.path.join('.'), first?.message].filter(Boolean).join(': ')

/** Reads one entry of a file. */
export function entry(where: string, schema: z.ZodType<FileQuestion>, value: unknown): Entry {
  const parsed = schema.safeParse(value)
  return parsed.success ? { where, value: parsed.data } : { where, broken: complaint(parsed.error) }
}
