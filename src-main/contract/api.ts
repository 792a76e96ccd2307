import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { call, done, id } from './call.ts'
import {
  exportSchema,
  fitSchema,
  hubAccessSchema,
  modelDetailsSchema,
  offersSchema,
  verificationSchema,
  weightTypeSchema,
} from './catalogue.ts'
import { comparisonInputSchema, comparisonSchema } from './comparison.ts'
import { draftingInputSchema, draftingSchema, draftReviewSchema, draftSchema, draftStateSchema } from './draft.ts'
import { evaluationCalls } from './evaluation-api.ts'
import { jobEventSchema, jobSchema } from './job.ts'
import {
  documentTextSchema,
  explanationSchema,
  fileStateSchema,
  libraryFileSchema,
  libraryRulesSchema,
  librarySchema,
  passageHitSchema,
  recognizedWordSchema,
  searchFilterSchema,
} from './library.ts'
import { modelSchema, promptKindSchema } from './model.ts'
import { baselineSchema, promotionSchema } from './promotion.ts'
import {
  questionCheckSchema,
  questionContentSchema,
  questionFilterSchema,
  questionImportSchema,
  questionOriginSchema,
  questionSchema,
  questionSetSchema,
  splitSchema,
  tagSchema,
} from './question.ts'
import { remoteModelSchema, serverSchema } from './remote.ts'
import { runEpisodeSchema, runLineSchema, runReportSchema } from './run.ts'
import { surveySchema } from './survey.ts'
import {
  backendSchema,
  backendTestSchema,
  changeSchema,
  folderListingSchema,
  hardwareSchema,
  networkEntrySchema,
  ocrLanguageSchema,
  settingsSchema,
  systemInfoSchema,
} from './system.ts'
import { exchangeSchema, threadSchema } from './thread.ts'
import { parityDifferenceSchema, preflightSchema, runInputSchema, runSchema } from './training.ts'

const searchInput = id.extend({
  query: z.string(),
  limit: z.number().int().min(1).max(100).default(10),
  filter: searchFilterSchema.optional(),
})

/**
 * THE interface: everything that a window, a browser or a terminal can ask of the service. Errors carry an
 * `ErrorValue` as data under its own code. Calls that start long work return a job id at once; its events are stored
 * and can be followed with `jobs.events` from any sequence number, by anyone, at any time.
 */
export const contract = {
  system: {
    info: call.output(systemInfoSchema),
    /** Tells what changed from the moment of the call on; never ends by itself, is not stored. */
    changes: call.output(eventIterator(changeSchema)),
    settings: call.output(settingsSchema),
    updateSettings: call.input(settingsSchema.partial()).output(settingsSchema),
    /** Folders and files in `path` (a file: in its folder; absent: the home folder), for hosts without a native picker. */
    browse: call
      .input(z.object({ path: z.string().optional(), extensions: z.array(z.string()).optional() }))
      .output(folderListingSchema),
    /** The requests that left this computer, newest first. */
    network: call.output(z.array(networkEntrySchema)),
    /** The languages in which the text of scans can be recognized. */
    ocrLanguages: call.output(z.array(ocrLanguageSchema)),
    /** Fetches what recognizing a language takes. Which ones are used is a setting. */
    fetchOcrLanguage: call.input(z.object({ code: z.string() })).output(done),
    hardware: call.output(hardwareSchema),
    /** Tries a back end in a process of its own; takes seconds. */
    testBackend: call.input(z.object({ backend: backendSchema })).output(backendTestSchema),
  },
  libraries: {
    list: call.output(z.array(librarySchema)),
    create: call.input(z.object({ name: z.string().trim().min(1).max(200) })).output(librarySchema),
    rename: call.input(id.extend({ name: z.string().trim().min(1).max(200) })).output(librarySchema),
    /** Removes the library and its index; the documents themselves are never touched. */
    delete: call.input(id).output(done),
    /**
     * Adds folders and files and starts an ingestion job. A path that is already covered is not added twice. Rules that
     * are given become the library's.
     */
    addSources: call
      .input(id.extend({ paths: z.array(z.string().min(1)).min(1), rules: libraryRulesSchema.partial().optional() }))
      .output(z.object({ library: librarySchema, jobId: z.string() })),
    /**
     * What adding paths would bring, before anything is indexed; told while it is counted, the last one is `done`. With
     * the rules of the library, or of a new one, and those given over them.
     */
    survey: call
      .input(
        z.object({
          id: z.string().optional(),
          paths: z.array(z.string().min(1)).min(1),
          rules: libraryRulesSchema.partial().optional(),
        }),
      )
      .output(eventIterator(surveySchema)),
    /** Removes the source and its documents from the index, in an ingestion job. */
    removeSource: call
      .input(id.extend({ sourceId: z.string() }))
      .output(z.object({ library: librarySchema, jobId: z.string() })),
    /** Looks at all files again: new, changed and deleted ones, and those that failed. */
    refresh: call.input(id).output(z.object({ jobId: z.string() })),
    /** Tries files again that could not be read: these, or all of them. */
    retry: call.input(id.extend({ fileIds: z.array(z.string()).optional() })).output(z.object({ jobId: z.string() })),
    /** Changes which files are read, and brings the index in line with that. */
    setRules: call
      .input(id.extend({ rules: libraryRulesSchema.partial() }))
      .output(z.object({ library: librarySchema, jobId: z.string() })),
    /** Leaves a file out from now on: adds it to the rules. */
    exclude: call
      .input(id.extend({ fileId: z.string() }))
      .output(z.object({ library: librarySchema, jobId: z.string() })),
    /** Stops reading, and looking at the files at all, until it is resumed; what was read can be searched. */
    pause: call.input(id).output(librarySchema),
    resume: call.input(id).output(z.object({ library: librarySchema, jobId: z.string() })),
    files: call
      .input(
        id.extend({
          state: fileStateSchema.optional(),
          /** Part of the path, case-insensitive. */
          filter: z.string().optional(),
          /** Only those that were read in part. */
          warned: z.boolean().optional(),
          sort: z.enum(['name', 'state', 'size', 'modified', 'passages']).default('name'),
          descending: z.boolean().default(false),
          offset: z.number().int().min(0).default(0),
          limit: z.number().int().min(1).max(1000).default(200),
        }),
      )
      .output(z.object({ files: z.array(libraryFileSchema), total: z.number().int() })),
    /** The same search that the agent makes. */
    search: call.input(searchInput).output(z.object({ hits: z.array(passageHitSchema), ms: z.number() })),
    /** Why that search does or does not find a document. */
    explain: call.input(searchInput.extend({ fileId: z.string() })).output(explanationSchema),
    /** A document's text for the source pane. */
    document: call.input(id.extend({ fileId: z.string() })).output(documentTextSchema),
    /** A stretch of a document's file, at most a megabyte, in base64; for viewers of its pages. */
    bytes: call
      .input(
        id
          .extend({ fileId: z.string(), start: z.number().int().min(0), end: z.number().int().min(0) })
          .refine(({ start, end }) => end >= start && end - start <= 1 << 20, 'at most a megabyte'),
      )
      .output(z.object({ base64: z.string(), sizeBytes: z.number().int() })),
    /**
     * The words of a page of a PDF that is a picture, in reading order: recognized when asked, which takes seconds. None
     * where text recognition is switched off.
     */
    recognizedWords: call
      .input(id.extend({ fileId: z.string(), page: z.number().int().min(1) }))
      .output(z.array(recognizedWordSchema)),
    /** Opens a document in the system's application for it, on the computer that Lagotto runs on. */
    open: call.input(id.extend({ fileId: z.string() })).output(z.object({ opened: z.enum(['file', 'folder']) })),
  },
  models: {
    list: call.output(z.array(modelSchema)),
    /** Adds a GGUF file where it lies; it is checked, not copied. */
    add: call.input(z.object({ path: z.string().min(1) })).output(modelSchema),
    setPrompt: call.input(id.extend({ prompt: promptKindSchema })).output(modelSchema),
    rename: call.input(id.extend({ name: z.string().trim().min(1).max(200) })).output(modelSchema),
    /** What a model is made of, where it came from, what uses it. */
    info: call.input(id).output(modelDetailsSchema),
    /** Forgets a model. The file stays where it is, unless Lagotto fetched or made it. Refused while it is in use. */
    remove: call.input(id).output(done),
    /** Models and sets of models that are known to work, and how they would do here. */
    catalogue: call.output(offersSchema),
    /** Whether a model would run here: `hf:owner/name[:quantization]`, an address, or a path. Of a remote model only the header is read. */
    fit: call.input(z.object({ reference: z.string().trim().min(1) })).output(fitSchema),
    /** Fetches a model and adds it; a checkpoint is converted. Whoever asks for the same twice gets the same job. */
    download: call
      .input(z.object({ reference: z.string().trim().min(1), type: weightTypeSchema.default('Q8_0') }))
      .output(z.object({ jobId: z.string() })),
    /** Converts the Hugging Face checkpoint in a folder to GGUF and adds it. */
    import: call
      .input(z.object({ path: z.string().min(1), type: weightTypeSchema.default('Q8_0') }))
      .output(z.object({ jobId: z.string() })),
    /** Converts a LoRA adapter of PEFT, made for this model, to an adapter file. */
    importAdapter: call
      .input(z.object({ path: z.string().min(1), modelId: z.string() }))
      .output(z.object({ path: z.string() })),
    /** Writes an adapter for Python, or a model with an adapter merged in. Takes as long as reading and writing the file. */
    export: call.input(exportSchema).output(z.object({ path: z.string() })),
    /** Reads the whole file and compares its checksum with the one that it came with. */
    verify: call.input(id).output(verificationSchema),
    /** The newest job of each model that is on its way: running, waiting, paused, interrupted, failed. */
    downloads: call.output(z.array(jobSchema)),
    /** Stops a download and keeps what was fetched. */
    pause: call.input(id).output(done),
    /** Goes on with a download that was paused, stopped, or failed. */
    resume: call.input(id).output(z.object({ jobId: z.string() })),
    /** Stops a download, or forgets one that was stopped, and deletes what was fetched. */
    discard: call.input(id).output(done),
    /** Asks a server that speaks OpenAI's protocol which models it has. Nothing is kept. */
    offered: call.input(serverSchema).output(z.object({ url: z.string(), models: z.array(z.string()) })),
    /**
     * Adds a model on a server, after trying with a few words what the server can do. From then on it can be chosen like any
     * other, and whoever chooses it sends questions and passages there; it is never chosen by itself. Removed by `remove`.
     */
    connect: call
      .input(serverSchema.extend({ name: remoteModelSchema.shape.name, model: remoteModelSchema.shape.model }))
      .output(modelSchema),
    hub: call.output(hubAccessSchema),
    /** Keeps an access token for models that the hub gives to some people only; null forgets it. */
    setHubToken: call
      .input(
        z.object({
          token: z
            .string()
            .trim()
            .min(1)
            .max(1000)
            .regex(/^[\x21-\x7e]+$/)
            .nullable(),
        }),
      )
      .output(hubAccessSchema),
  },
  threads: {
    /** Newest first; `query` looks into titles, questions and answers. */
    list: call.input(z.object({ query: z.string().optional() })).output(z.array(threadSchema)),
    get: call.input(id).output(z.object({ thread: threadSchema, exchanges: z.array(exchangeSchema) })),
    rename: call.input(id.extend({ title: z.string().trim().min(1).max(200) })).output(threadSchema),
    delete: call.input(id).output(done),
    markdown: call.input(id).output(z.object({ markdown: z.string() })),
    /**
     * Asks a question, in a new thread when none is given. Model and library default to the settings'; what was promoted for
     * the library comes before that, unless a model is named.
     */
    ask: call
      .input(
        z.object({
          threadId: z.string().optional(),
          question: z.string().max(100_000),
          libraryId: z.string().optional(),
          modelId: z.string().optional(),
          /** Path of a GGUF file to use for this question only, instead of `modelId`. */
          modelFile: z.string().min(1).optional(),
        }),
      )
      .output(z.object({ thread: threadSchema, exchange: exchangeSchema, jobId: z.string() })),
  },
  comparisons: {
    /** Newest first; `winner`: what the contestant is called that was voted for. */
    list: call.output(z.array(comparisonSchema.omit({ entries: true }).extend({ winner: z.string().nullable() }))),
    get: call.input(id).output(comparisonSchema),
    /** Starts a job for every contestant; they play one after the other. One that cannot play is told among the answers. */
    start: call.input(comparisonInputSchema).output(comparisonSchema),
    /** Keeps which entry was found best (-1: none is better). */
    vote: call.input(id.extend({ entry: z.number().int().min(-1) })).output(comparisonSchema),
    /** Stops what still runs and forgets the comparison. */
    delete: call.input(id).output(done),
  },
  evaluations: evaluationCalls,
  questions: {
    sets: call.output(z.array(questionSetSchema)),
    /** Makes an empty set. A name is there once, whatever its case. */
    create: call
      .input(z.object({ name: z.string().trim().min(1).max(200), libraryId: z.string().optional() }))
      .output(questionSetSchema),
    /** Renames a set, or says which library its questions are about. */
    update: call
      .input(id.extend({ name: z.string().trim().min(1).max(200).optional(), libraryId: z.string().optional() }))
      .output(questionSetSchema),
    /**
     * Reads a file of questions (JSON lines, CSV, SQuAD, HotpotQA, Search-R1's Parquet) into the set of that name, which is
     * made when there is none; without a name it is the file's. What cannot be used is left out and named.
     */
    import: call
      .input(
        z.object({
          path: z.string().min(1),
          name: z.string().trim().min(1).max(200).optional(),
          /** The library that the questions are about. */
          libraryId: z.string().optional(),
        }),
      )
      .output(questionImportSchema),
    list: call
      .input(
        id.extend({
          ...questionFilterSchema.shape,
          offset: z.number().int().min(0).default(0),
          limit: z.number().int().min(1).max(10_000).default(200),
        }),
      )
      .output(z.object({ questions: z.array(questionSchema), total: z.number().int() })),
    /** Adds a question; one that is in the set already is refused. */
    add: call
      .input(id.extend({ content: questionContentSchema, origin: questionOriginSchema.default('written') }))
      .output(questionSchema),
    /** Puts a question differently. Its id stays; its split follows from its text. */
    edit: call.input(id.extend({ questionId: z.string(), content: questionContentSchema })).output(questionSchema),
    /** Deletes questions and returns them, so that `restore` can bring them back. */
    remove: call
      .input(id.extend({ questionIds: z.array(z.string()).min(1).max(10_000) }))
      .output(z.object({ questions: z.array(questionSchema) })),
    restore: call.input(id.extend({ questions: z.array(questionSchema).max(10_000) })).output(done),
    /** Gives tags to questions and takes others away. */
    tag: call
      .input(
        id.extend({
          questionIds: z.array(z.string()).min(1).max(10_000),
          add: z.array(tagSchema).max(20).default([]),
          remove: z.array(tagSchema).max(20).default([]),
        }),
      )
      .output(done),
    /** Looks all answers up in a library (the set's own by default) and keeps what it found; ending the stream ends it. */
    check: call.input(id.extend({ libraryId: z.string().optional() })).output(eventIterator(questionCheckSchema)),
    /** Writes the set, or a split of it, as JSON lines. A file that is there is replaced. */
    export: call
      .input(id.extend({ path: z.string().min(1), split: splitSchema.optional() }))
      .output(z.object({ path: z.string(), questions: z.number().int() })),
    /** The same lines as text, for pages that save files by themselves. */
    jsonl: call.input(id.extend({ split: splitSchema.optional() })).output(z.object({ text: z.string() })),
    delete: call.input(id).output(done),
  },
  drafts: {
    /**
     * Lets a model write questions about passages of a library, tries each, and keeps those that pass for a person to
     * review. A job of the kind `drafting`, which goes on after a restart.
     */
    start: call.input(draftingInputSchema).output(z.object({ drafting: draftingSchema, jobId: z.string() })),
    /** Goes on with one that was stopped or failed. */
    resume: call.input(id).output(z.object({ drafting: draftingSchema, jobId: z.string() })),
    /** All that were begun for a set, newest first. */
    draftings: call.input(z.object({ setId: z.string() })).output(z.array(draftingSchema)),
    /** Oldest first. */
    list: call
      .input(
        z.object({
          setId: z.string(),
          state: draftStateSchema.optional(),
          offset: z.number().int().min(0).default(0),
          limit: z.number().int().min(1).max(1000).default(200),
        }),
      )
      .output(z.object({ drafts: z.array(draftSchema), total: z.number().int() })),
    /** Takes a draft into its set, rejects it, or takes either back. */
    review: call.input(draftReviewSchema).output(draftSchema),
  },
  runs: {
    /** What a run would need: memory, time, disk, usable questions, and whether chat would play as it was trained. */
    preflight: call.input(runInputSchema).output(preflightSchema),
    /**
     * Starts a run in a process of its own, which neither the end of a window nor of the service stops. Refused with the
     * first of the preflight's refusals. While it runs there is a job of the kind `training`, and the topic `runs` changes.
     */
    start: call.input(runInputSchema).output(runSchema),
    /** Newest first. */
    list: call.output(z.array(runSchema)),
    /** One run, with its report once there is one, and what chat would do differently from it now. */
    get: call.input(id).output(
      z.object({
        run: runSchema,
        report: runReportSchema.nullable(),
        /** Empty: the adapter would play in chat as it was trained. */
        parity: z.array(parityDifferenceSchema),
      }),
    ),
    /** Lines of the metrics log but for the first `since`; ask again with the number of lines that you have. */
    metrics: call
      .input(id.extend({ since: z.number().int().min(0).default(0), limit: z.number().int().min(1).default(10_000) }))
      .output(z.object({ lines: z.array(runLineSchema) })),
    /** Episodes that were kept for reading, oldest first, but for the first `since`; of one step only, if one is named. */
    episodes: call
      .input(
        id.extend({
          step: z.number().int().min(0).optional(),
          since: z.number().int().min(0).default(0),
          limit: z.number().int().min(1).max(1000).default(100),
        }),
      )
      .output(z.object({ episodes: z.array(runEpisodeSchema), total: z.number().int() })),
    /** Ends the process after its current step and frees the memory. */
    pause: call.input(id).output(runSchema),
    /**
     * Has a few validation questions answered by student and teacher as they are. Results are kept; ending the stream ends
     * the work.
     */
    baseline: call.input(runInputSchema).output(eventIterator(baselineSchema)),
    /** The report of a finished run as a page of its own, or everything that is known about it as JSON. */
    export: call
      .input(id.extend({ format: z.enum(['html', 'json']) }))
      .output(z.object({ name: z.string(), text: z.string() })),
    /** Goes on from the last checkpoint, with the models, questions and library that the run began with. */
    resume: call.input(id).output(runSchema),
    /** Ends the process at once: the current step is lost, everything before it stays. */
    stop: call.input(id).output(runSchema),
    /** Deletes the run's folder. Refused while it runs. */
    delete: call.input(id).output(done),
  },
  promotions: {
    /** What was made the default of a library in Ask, newest first; what was taken back as well. */
    list: call.output(z.array(promotionSchema)),
    /**
     * Makes what a finished run learned the default of a library, by default of that which it was trained on. Refused where
     * it is no improvement on the test questions, unless `force`, and where Ask would not play as it was trained.
     */
    promote: call
      .input(z.object({ runId: z.string(), libraryId: z.string().optional(), force: z.boolean().default(false) }))
      .output(z.array(promotionSchema)),
    /** Goes back to what answered for the library before. */
    rollBack: call.input(z.object({ libraryId: z.string() })).output(z.array(promotionSchema)),
  },
  jobs: {
    /** Running and recent jobs, newest first. */
    list: call.output(z.array(jobSchema)),
    get: call.input(id).output(jobSchema),
    /** Replays stored events after `since` (0: all), then follows until the job is over. Ending the stream detaches. */
    events: call.input(id.extend({ since: z.number().int().min(0).default(0) })).output(eventIterator(jobEventSchema)),
    /** Stops the job; what it did stays. Stopping a job that is over does nothing. */
    stop: call.input(id).output(done),
  },
}
