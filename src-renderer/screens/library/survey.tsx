import { type ReactNode, useEffect, useState } from 'react'
import {
  defaultRules,
  type Library,
  type LibraryRules,
  type Survey,
  takesWords,
} from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { baseName, bytes, count, plural } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { RulesFields, useRules } from './rules.tsx'

/** What the service counts in the folders, while it counts. */
function useSurvey(paths: readonly string[], libraryId: string | null, rules: LibraryRules) {
  const [survey, setSurvey] = useState<Survey | null>(null)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    const abort = new AbortController()
    const { signal } = abort
    setSurvey(null)
    setError(null)
    const follow = async () => {
      const input = { paths: [...paths], rules, ...(libraryId === null ? {} : { id: libraryId }) }
      for await (const next of await client.libraries.survey(input, { signal })) if (!signal.aborted) setSurvey(next)
    }
    follow().catch((thrown: unknown) => {
      if (!signal.aborted) setError(thrown)
    })
    return () => abort.abort()
  }, [paths, libraryId, rules])
  return { survey, error }
}

/** Shows what adding folders would bring before anything is read; rules can be set and counted again. */
export function SurveyDialog({
  paths,
  library,
  onAccept,
  onClose,
}: {
  paths: readonly string[]
  library: Library | null
  onAccept: (rules: LibraryRules) => void
  onClose: () => void
}) {
  const state = useRules(library?.rules ?? defaultRules)
  const [counted, setCounted] = useState(state.rules)
  const [choosing, setChoosing] = useState(false)
  const { survey, error } = useSurvey(paths, library?.id ?? null, counted)
  const stale = JSON.stringify(counted) !== JSON.stringify(state.rules)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`What is in ${paths.length === 1 ? `“${baseName(paths[0] ?? '')}”` : plural(paths.length, 'folder')}`}
      description="Nothing has been read yet. Files stay where they are and are never changed."
      className="max-w-xl"
    >
      <form
        className="flex min-h-0 flex-col"
        onSubmit={(event) => {
          event.preventDefault()
          if (stale) setCounted(state.rules)
          else onAccept(state.rules)
        }}
      >
        <div className="min-h-0 overflow-y-auto px-5 pb-1">
          {error !== null && <ErrorNotice error={error} />}
          {error === null && !survey?.done && (
            <p className="flex items-center gap-2 py-2 text-ink-2" role="status">
              <Spinner /> Counting: {plural(survey?.found.files ?? 0, 'file')} so far
            </p>
          )}
          {survey?.done && <Findings survey={survey} />}
          <Disclosure open={choosing} onToggle={() => setChoosing(!choosing)} summary="Choose which files are read">
            <div className="pb-2 pt-1">
              <RulesFields state={state} />
            </div>
          </Disclosure>
        </div>
        <div className="flex justify-end gap-2 px-5 pb-5 pt-3">
          <Button onClick={onClose}>Cancel</Button>
          {stale ? (
            <Button tone="primary" type="submit" disabled={!state.valid}>
              Count again
            </Button>
          ) : (
            <Button tone="primary" type="submit" disabled={error !== null}>
              {survey?.done ? `Read ${plural(survey.readable.files, 'file')}` : 'Read now'}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

const Line = ({ name, children }: { name: string; children: ReactNode }) => (
  <div className="flex gap-3 py-1.5">
    <dt className="w-24 shrink-0 text-ink-3">{name}</dt>
    <dd className="min-w-0 flex-1">{children}</dd>
  </div>
)

function Findings({ survey }: { survey: Survey }) {
  const { found, readable, types, scans, skipped, leftOut, estimate } = survey
  const left = [
    [leftOut.hidden, 'hidden'],
    [leftOut.system, 'of programs'],
    [leftOut.ignored, 'named by ignore files'],
    [leftOut.excluded, 'left out by your patterns'],
  ].flatMap(([n, what]) => (Number(n) > 0 ? [`${count(Number(n))} ${what}`] : []))
  return (
    <dl aria-label="What was found" className="divide-y divide-line/70 text-sm">
      <Line name="Found">
        {plural(found.files, 'file')}, {bytes(found.bytes)}
      </Line>
      <Line name="Readable">
        <p className="font-medium">
          {plural(readable.files, 'file')}, {bytes(readable.bytes)}
        </p>
        <p className="text-[0.8125rem] text-ink-2">
          {types
            .filter((type) => type.readable)
            .map(({ extension, files }) => `${count(files)} ${extension || 'without extension'}`)
            .join(' · ')}
        </p>
      </Line>
      {scans.pages > 0 && (
        <Line name="Scans">
          {plural(scans.files, 'PDF file')} without text, {plural(scans.pages, 'page')} without text in all
          {scans.checked < scans.of ? `, as ${count(scans.checked)} of ${count(scans.of)} let expect` : ''}
        </Line>
      )}
      {skipped.length > 0 && (
        <Line name="Skipped">
          <ul className="space-y-1">
            {skipped.map(({ message, files, examples }) => (
              <li key={message}>
                <p>
                  {plural(files, 'file')}: {message}
                </p>
                <p className="truncate text-[0.8125rem] text-ink-3">{examples.join(', ')}</p>
              </li>
            ))}
          </ul>
        </Line>
      )}
      {left.length > 0 && <Line name="Left out">{left.join(' · ')}</Line>}
      {estimate !== null && readable.files > 0 && <Line name="Takes">{takesWords(estimate)}</Line>}
    </dl>
  )
}
