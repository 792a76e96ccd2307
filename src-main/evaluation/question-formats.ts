import { z } from 'zod'
import {
  type EvidenceText,
  evidenceTextSchema,
  type QuestionEvidence,
  questionEvidenceSchema,
  tagSchema,
} from '../contract/index.ts'

/** A question as a file brings it. */
export interface FileQuestion {
  /** Null: the file gives it none. */
  id: string | null
  question: string
  answers: string[]
  goldPassageIds: string[]
  evidence: QuestionEvidence[]
  tags: string[]
  /** All passages that come with it, those that do not answer it among them; empty in sets without passages. */
  passages: EvidenceText[]
}

const idSchema = z.union([z.string().min(1), z.number().transform(String)])
const textSchema = z.string().trim().min(1)

const scalar = z.union([z.string(), z.number(), z.boolean()])
/** TriviaQA: the answer with its aliases, in the file's own spelling and in the hub's. */
const triviaAnswer = z.union([
  z.object({ Value: z.string(), Aliases: z.array(z.string()).default([]) }).transform((a) => [a.Value, ...a.Aliases]),
  z.object({ value: z.string(), aliases: z.array(z.string()).default([]) }).transform((a) => [a.value, ...a.aliases]),
])
/** Answers as one text or as several; numbers and truth values as they are written. */
const answersSchema = z.union([
  scalar.transform((value) => [String(value)]),
  z.array(scalar).transform((values) => values.map(String)),
  triviaAnswer,
])
/** PopQA keeps its answers as JSON inside a text. */
const answersInText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: 'expected a JSON list' })
      return z.NEVER
    }
  })
  .pipe(z.array(scalar).transform((values) => values.map(String)))

const ids = { id: idSchema.optional(), _id: idSchema.optional(), question_id: idSchema.optional() }
const idOf = ({ id, _id, question_id }: { [K in keyof typeof ids]?: string | undefined }): string | null =>
  id ?? _id ?? question_id ?? null

/**
 * One question an object: our own form, and under other names the same in NQ-open (`answer` is a list), FlashRAG's and
 * Search-R1's files (`golden_answers`), PopQA (`possible_answers`) and TriviaQA as the hub has it (`answer.aliases`).
 */
export const rowSchema = z
  .object({
    ...ids,
    question: textSchema,
    answers: answersSchema.optional(),
    answer: answersSchema.optional(),
    golden_answers: answersSchema.optional(),
    possible_answers: z.union([answersInText, z.array(scalar).transform((all) => all.map(String))]).optional(),
    gold_passage_ids: z.array(idSchema).default([]),
    evidence: z.array(z.union([questionEvidenceSchema, evidenceTextSchema])).default([]),
    tags: z.array(tagSchema).default([]),
  })
  .transform(
    (row): FileQuestion => ({
      id: idOf(row),
      question: row.question,
      answers: row.answers ?? row.golden_answers ?? row.possible_answers ?? row.answer ?? [],
      goldPassageIds: row.gold_passage_ids,
      evidence: row.evidence,
      tags: [...new Set(row.tags)],
      passages: row.evidence.map(({ title, text }) => ({ title, text })),
    }),
  )

/** TriviaQA's own files: `{Data: [...]}`. */
export const triviaSchema = z.object({ Data: z.array(z.unknown()) })
export const triviaQuestionSchema = z
  .object({ QuestionId: idSchema.optional(), Question: textSchema, Answer: triviaAnswer })
  .transform(
    ({ QuestionId, Question, Answer }): FileQuestion => ({
      id: QuestionId ?? null,
      question: Question,
      answers: [...new Set(Answer)],
      goldPassageIds: [],
      evidence: [],
      tags: [],
      passages: [],
    }),
  )

/** SQuAD 1.1 and 2.0 (https://rajpurkar.github.io/SQuAD-explorer): articles, paragraphs, questions on them. */
export const squadSchema = z.object({
  data: z.array(
    z.object({
      title: z.string().default(''),
      paragraphs: z.array(z.object({ context: z.string(), qas: z.array(z.unknown()) })),
    }),
  ),
})

/** A question on one paragraph of SQuAD. */
export const squadQuestionSchema = (title: string, context: string): z.ZodType<FileQuestion> =>
  z
    .object({
      id: idSchema.optional(),
      question: textSchema,
      answers: z.array(z.object({ text: z.string() })).default([]),
    })
    .transform(({ id, question, answers }) => ({
      id: id ?? null,
      question,
      answers: [...new Set(answers.map(({ text }) => text))],
      goldPassageIds: [],
      evidence: [{ title, text: context }],
      tags: [],
      passages: [{ title, text: context }],
    }))

const paragraph = (title: string, sentences: readonly string[]): EvidenceText => ({
  title,
  text: sentences.join('').trim(),
})
const sentenceLists = z.array(z.array(z.string()))

/** HotpotQA and 2WikiMultihopQA: their own files, the hub's columns, and FlashRAG's (2Wiki calls sentences `content`). */
const hotpotSchema = z
  .object({
    ...ids,
    question: textSchema,
    answer: z.string().optional(),
    golden_answers: answersSchema.optional(),
    supporting_facts: z.union([
      z.array(z.tuple([z.string(), z.number()])).transform((facts) => facts.map(([title]) => title)),
      z.object({ title: z.array(z.string()) }).transform(({ title }) => title),
    ]),
    context: z.union([
      z
        .array(z.tuple([z.string(), z.array(z.string())]))
        .transform((all) => all.map(([title, sentences]) => paragraph(title, sentences))),
      z
        .object({ title: z.array(z.string()), sentences: sentenceLists.optional(), content: sentenceLists.optional() })
        .transform(({ title, sentences, content }) =>
          title.map((name, i) => paragraph(name, (sentences ?? content)?.[i] ?? [])),
        ),
    ]),
  })
  .transform(
    (row): FileQuestion => ({
      id: idOf(row),
      question: row.question,
      answers: row.answer === undefined ? (row.golden_answers ?? []) : [row.answer],
      goldPassageIds: [],
      evidence: row.context.filter(({ title }) => row.supporting_facts.includes(title)),
      tags: [],
      passages: row.context,
    }),
  )

/** MuSiQue (https://github.com/StonyBrookNLP/musique); questions that the paragraphs do not answer have no answer. */
const musiqueSchema = z
  .object({
    ...ids,
    question: textSchema,
    answer: z.string(),
    answer_aliases: z.array(z.string()).default([]),
    answerable: z.boolean().default(true),
    paragraphs: z.array(
      z.object({
        title: z.string().default(''),
        paragraph_text: z.string(),
        is_supporting: z.boolean().default(false),
      }),
    ),
  })
  .transform((row): FileQuestion => {
    const passages = row.paragraphs.map(({ title, paragraph_text }) => ({ title, text: paragraph_text.trim() }))
    return {
      id: idOf(row),
      question: row.question,
      answers: row.answerable ? [...new Set([row.answer, ...row.answer_aliases])] : [],
      goldPassageIds: [],
      evidence: passages.filter((_, i) => row.paragraphs[i]?.is_supporting),
      tags: [],
      passages,
    }
  })

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
const searchR1Schema = z
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
    passages: [],
    tags: data_source?.trim() ? [data_source.trim().slice(0, 50)] : [],
  }))
  .refine(({ question }) => question !== '', 'question: there is none, neither in a column nor in the prompt')

/** SQuAD as rows, as it is on the hub. */
const squadRowSchema = z
  .object({
    id: idSchema.nullish(),
    title: z.string().default(''),
    context: z.string(),
    question: textSchema,
    answers: z.object({ text: z.array(z.string()) }),
  })
  .transform(({ id, title, context, question, answers }): FileQuestion => {
    const passages = [{ title: title.replaceAll('_', ' '), text: context }]
    return {
      id: id ?? null,
      question,
      answers: [...new Set(answers.text)],
      goldPassageIds: [],
      evidence: passages,
      tags: [],
      passages,
    }
  })

type RowFormat = 'hotpotqa' | 'musique' | 'search-r1' | 'squad' | 'row'

/** What one object of a list or a line holds, told by its keys. */
export function rowFormat(value: unknown): RowFormat {
  if (typeof value !== 'object' || value === null) return 'row'
  if ('reward_model' in value) return 'search-r1'
  if ('supporting_facts' in value && 'context' in value) return 'hotpotqa'
  if ('context' in value && typeof value.context === 'string') return 'squad'
  return 'paragraphs' in value ? 'musique' : 'row'
}

/** FlashRAG keeps what HotpotQA and 2WikiMultihopQA have beside question and answer under `metadata`. */
export function unwrapped(value: unknown): unknown {
  const metadata = (value as { metadata?: unknown } | null)?.metadata
  return rowFormat(metadata) === 'hotpotqa' ? { ...(value as object), ...(metadata as object) } : value
}

const rowSchemas: Record<RowFormat, z.ZodType<FileQuestion>> = {
  hotpotqa: hotpotSchema,
  musique: musiqueSchema,
  'search-r1': searchR1Schema,
  squad: squadRowSchema,
  row: rowSchema,
}

/** One entry of a file, or why it is none. */
export type Entry = { where: string } & ({ value: FileQuestion } | { broken: string })

/** `question: Too small` */
const complaint = ({ issues: [first] }: z.ZodError): string =>
  [first?.path.join('.'), first?.message].filter(Boolean).join(': ')

/** Reads one entry of a file. */
export function entry(where: string, schema: z.ZodType<FileQuestion>, value: unknown): Entry {
  const parsed = schema.safeParse(value)
  return parsed.success ? { where, value: parsed.data } : { where, broken: complaint(parsed.error) }
}

/** Reads one object of a list or a line, whatever it holds. */
export function rowEntry(where: string, value: unknown): Entry {
  const inner = unwrapped(value)
  return entry(where, rowSchemas[rowFormat(inner)], inner)
}
