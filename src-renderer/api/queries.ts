import {
  keepPreviousData,
  QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import {
  type Backend,
  type Change,
  type DraftState,
  type EvaluationInput,
  type FileState,
  isFinal,
  type Library,
  type QuestionFilter,
  type ResultFilter,
  type RunInput,
  type Settings,
} from '../../src-main/contract/index.ts'
import { client, connection } from './client.ts'

/** The cache of what the service said. It is always right until the service says that something changed. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: Number.POSITIVE_INFINITY, retry: false, networkMode: 'always', refetchOnWindowFocus: false },
    mutations: { networkMode: 'always' },
  },
})

/** Which files of a library are wanted, in which order. */
export interface FilesQuery {
  show: FileState | 'warned' | 'all'
  /** Part of the path. */
  filter: string
  sort: 'name' | 'state' | 'size' | 'modified' | 'passages'
  descending: boolean
}

export const queries = {
  info: () => queryOptions({ queryKey: ['info'], queryFn: ({ signal }) => client.system.info(undefined, { signal }) }),
  settings: () =>
    queryOptions({ queryKey: ['settings'], queryFn: ({ signal }) => client.system.settings(undefined, { signal }) }),
  libraries: () =>
    queryOptions({ queryKey: ['libraries'], queryFn: ({ signal }) => client.libraries.list(undefined, { signal }) }),
  models: () =>
    queryOptions({ queryKey: ['models'], queryFn: ({ signal }) => client.models.list(undefined, { signal }) }),
  catalogue: () =>
    queryOptions({
      queryKey: ['models', 'catalogue'],
      queryFn: ({ signal }) => client.models.catalogue(undefined, { signal }),
    }),
  modelInfo: (id: string) =>
    queryOptions({ queryKey: ['models', 'info', id], queryFn: ({ signal }) => client.models.info({ id }, { signal }) }),
  /** Asks the hub: only for what a person wants to fetch. */
  fit: (reference: string) =>
    queryOptions({
      queryKey: ['fit', reference],
      queryFn: ({ signal }) => client.models.fit({ reference }, { signal }),
      gcTime: 0,
    }),
  hub: () =>
    queryOptions({ queryKey: ['settings', 'hub'], queryFn: ({ signal }) => client.models.hub(undefined, { signal }) }),
  downloads: () =>
    queryOptions({
      queryKey: ['jobs', 'downloads'],
      queryFn: ({ signal }) => client.models.downloads(undefined, { signal }),
    }),
  hardware: () =>
    queryOptions({ queryKey: ['hardware'], queryFn: ({ signal }) => client.system.hardware(undefined, { signal }) }),
  backendTest: (backend: Backend) =>
    queryOptions({
      queryKey: ['backend-test', backend],
      queryFn: ({ signal }) => client.system.testBackend({ backend }, { signal }),
    }),
  ocrLanguages: () =>
    queryOptions({
      queryKey: ['settings', 'ocr'],
      queryFn: ({ signal }) => client.system.ocrLanguages(undefined, { signal }),
    }),
  network: () =>
    queryOptions({ queryKey: ['network'], queryFn: ({ signal }) => client.system.network(undefined, { signal }) }),
  jobs: () => queryOptions({ queryKey: ['jobs'], queryFn: ({ signal }) => client.jobs.list(undefined, { signal }) }),
  threads: (query: string) =>
    queryOptions({
      queryKey: ['threads', 'list', query],
      queryFn: ({ signal }) => client.threads.list(query.trim() === '' ? {} : { query }, { signal }),
      placeholderData: keepPreviousData,
    }),
  thread: (id: string) =>
    queryOptions({ queryKey: ['threads', 'one', id], queryFn: ({ signal }) => client.threads.get({ id }, { signal }) }),
  files: (id: string, query: FilesQuery, offset: number, limit: number) =>
    queryOptions({
      queryKey: ['libraries', id, 'files', query, offset, limit],
      queryFn: ({ signal }) => {
        const { show, filter, sort, descending } = query
        const which = show === 'all' ? {} : show === 'warned' ? { warned: true } : { state: show }
        const name = filter.trim() === '' ? {} : { filter: filter.trim() }
        return client.libraries.files({ id, offset, limit, sort, descending, ...which, ...name }, { signal })
      },
      placeholderData: keepPreviousData,
    }),
  comparisons: () =>
    queryOptions({
      queryKey: ['comparisons'],
      queryFn: ({ signal }) => client.comparisons.list(undefined, { signal }),
    }),
  comparison: (id: string) =>
    queryOptions({
      queryKey: ['comparisons', id],
      queryFn: ({ signal }) => client.comparisons.get({ id }, { signal }),
    }),
  evaluations: () =>
    queryOptions({
      queryKey: ['evaluations'],
      queryFn: ({ signal }) => client.evaluations.list(undefined, { signal }),
    }),
  evaluation: (id: string, reference: number) =>
    queryOptions({
      queryKey: ['evaluations', id, reference],
      queryFn: ({ signal }) => client.evaluations.get({ id, reference }, { signal }),
      placeholderData: keepPreviousData,
    }),
  /** What an evaluation would take; asked anew whenever it is chosen anew: models and libraries change. */
  evaluationPlan: (input: EvaluationInput | null) =>
    queryOptions({
      queryKey: ['evaluation-plan', input],
      queryFn: ({ signal }) => (input === null ? null : client.evaluations.plan(input, { signal })),
      staleTime: 5_000,
      placeholderData: keepPreviousData,
    }),
  evaluationResults: (id: string, filter: ResultFilter, offset: number, limit: number) =>
    queryOptions({
      queryKey: ['evaluations', id, 'results', filter, offset, limit],
      queryFn: ({ signal }) => client.evaluations.results({ id, filter, offset, limit }, { signal }),
      placeholderData: keepPreviousData,
    }),
  evaluationQuestion: (id: string, position: number, filter: ResultFilter) =>
    queryOptions({
      queryKey: ['evaluations', id, 'question', position, filter],
      queryFn: ({ signal }) => client.evaluations.question({ id, position, filter }, { signal }),
      placeholderData: keepPreviousData,
    }),
  questionSets: () =>
    queryOptions({ queryKey: ['questions'], queryFn: ({ signal }) => client.questions.sets(undefined, { signal }) }),
  questions: (id: string, filter: QuestionFilter, offset: number, limit: number) =>
    queryOptions({
      queryKey: ['questions', id, 'list', filter, offset, limit],
      queryFn: ({ signal }) => client.questions.list({ id, ...filter, offset, limit }, { signal }),
      placeholderData: keepPreviousData,
    }),
  drafts: (setId: string, state: DraftState) =>
    queryOptions({
      queryKey: ['questions', setId, 'drafts', state],
      queryFn: ({ signal }) => client.drafts.list({ setId, state, limit: 1000 }, { signal }),
    }),
  draftings: (setId: string) =>
    queryOptions({
      queryKey: ['questions', setId, 'draftings'],
      queryFn: ({ signal }) => client.drafts.draftings({ setId }, { signal }),
    }),
  promotions: () =>
    queryOptions({
      queryKey: ['promotions'],
      queryFn: ({ signal }) => client.promotions.list(undefined, { signal }),
    }),
  runs: () => queryOptions({ queryKey: ['runs'], queryFn: ({ signal }) => client.runs.list(undefined, { signal }) }),
  run: (id: string) =>
    queryOptions({ queryKey: ['runs', id], queryFn: ({ signal }) => client.runs.get({ id }, { signal }) }),
  /** What a run would need; asked anew for every combination, never kept for long: memory and disk change. */
  preflight: (input: RunInput | null) =>
    queryOptions({
      queryKey: ['preflight', input],
      queryFn: ({ signal }) => (input === null ? null : client.runs.preflight(input, { signal })),
      staleTime: 10_000,
    }),
  /** The newest `count` episodes of a run, or of one of its steps, oldest first; `lines` makes it be asked again when the run has moved on. */
  runEpisodes: (id: string, step: number | null, count: number, lines: number) =>
    queryOptions({
      queryKey: ['runs', id, 'episodes', step, count, lines],
      queryFn: async ({ signal }) => {
        const which = step === null ? { id } : { id, step }
        const { total } = await client.runs.episodes({ ...which, limit: 1 }, { signal })
        return client.runs.episodes({ ...which, since: Math.max(0, total - count), limit: count }, { signal })
      },
      placeholderData: keepPreviousData,
    }),
  document: (libraryId: string, fileId: string) =>
    queryOptions({
      queryKey: ['document', libraryId, fileId],
      queryFn: ({ signal }) => client.libraries.document({ id: libraryId, fileId }, { signal }),
    }),
}

export const useInfo = () => useQuery(queries.info())
export const useSettings = () => useQuery(queries.settings())
export const useLibraries = () => useQuery(queries.libraries())
export const useModels = () => useQuery(queries.models())

/** Puts a library that was just made or changed into the cache, so that it can be gone to before the list is asked again. */
export function keepLibrary(library: Library): void {
  const { queryKey } = queries.libraries()
  queryClient.setQueryData(queryKey, (old) => [...(old ?? []).filter(({ id }) => id !== library.id), library])
  void queryClient.invalidateQueries({ queryKey })
}

/** Jobs that are queued or running, oldest first. */
export function useOpenJobs() {
  const { data } = useQuery(queries.jobs())
  return (data ?? []).filter((job) => !isFinal(job.state)).toReversed()
}

/** Changes settings: the screen shows the new value at once and goes back when the service refuses it. */
export function useUpdateSettings() {
  const cache = useQueryClient()
  const { queryKey } = queries.settings()
  return useMutation({
    mutationFn: (change: Partial<Settings>) => client.system.updateSettings(change),
    onMutate: (change) => {
      const before = cache.getQueryData(queryKey)
      if (before) cache.setQueryData(queryKey, { ...before, ...change })
      return { before }
    },
    onError: (_error, _change, context) => cache.setQueryData(queryKey, context?.before),
    onSuccess: (settings) => cache.setQueryData(queryKey, settings),
  })
}

export const useConnection = () => useSyncExternalStore(connection.subscribe, () => connection.state)

/** Runs `action` at once and then at most once per `ms`, never forgetting the last call. */
function throttle(action: () => void, ms: number): () => void {
  let cooling = false
  let due = false
  const run = () => {
    due = false
    cooling = true
    action()
    setTimeout(() => {
      cooling = false
      if (due) run()
    }, ms)
  }
  return () => {
    due = true
    if (!cooling) run()
  }
}

const topics: readonly Change['topic'][] = [
  'libraries',
  'threads',
  'models',
  'jobs',
  'settings',
  'network',
  'questions',
  'runs',
  'promotions',
  'comparisons',
  'evaluations',
]

/**
 * Keeps the cache in step with the service for as long as the page lives: asks everything again after each new
 * connection, then whatever the service says has changed, each topic at most three times a second.
 */
export async function followChanges(signal: AbortSignal): Promise<void> {
  const askAgain = new Map(
    topics.map((topic) => [topic, throttle(() => void queryClient.invalidateQueries({ queryKey: [topic] }), 330)]),
  )
  let first = true
  while (!signal.aborted) {
    try {
      const changes = await client.system.changes(undefined, { signal })
      if (!first) void queryClient.invalidateQueries()
      first = false
      for await (const change of changes) askAgain.get(change.topic)?.()
    } catch {
      // The channel closed; the next call waits for a new one.
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
