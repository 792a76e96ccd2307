import { FolderPlus, Sparkles } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { hostsOf, type Library } from '../../../src-main/contract/index.ts'
import { useInfo } from '../../api/queries.ts'
import { useChoice } from '../../components/choice.ts'
import { computerText } from '../../components/computer.ts'
import { Logo } from '../../components/logo.tsx'
import { EnoughToTeach } from '../../components/pairs/enough.tsx'
import { Button } from '../../components/ui/button.tsx'
import { useAddFolder } from '../library/add-folder.tsx'
import { Composer } from './composer.tsx'
import { useAsk } from './use-ask.ts'

/** The first screen: what this is, the composer, and one click to a first answer. */
export function NewQuestion() {
  const ask = useAsk()
  const choice = useChoice()
  const { data: info } = useInfo()
  const [, navigate] = useLocation()
  const folder = useAddFolder((library) => navigate(`/library/${library.id}`))
  const sample = choice.libraries.find((library) => library.sample) ?? null
  const own = choice.libraries.some((library) => !library.sample)
  const library = choice.library
  const hosts = hostsOf([choice.model])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section tabIndex={0} aria-label="New question" className="h-full overflow-y-auto">
      <div className="mx-auto flex min-h-full max-w-2xl flex-col justify-center px-6 py-10">
        <div className="mb-8 text-center">
          <Logo className="mx-auto size-14" />
          <h1 className="mt-4 text-balance text-[1.75rem] font-semibold leading-tight tracking-[-0.02em]">
            Ask your documents.
          </h1>
          <p className="mt-1.5 text-base text-ink-2">
            {hosts.length === 0 ? 'Nothing leaves this computer.' : `The model you chose is on ${hosts.join(' and ')}.`}
          </p>
        </div>
        <Composer
          draftKey="new"
          running={false}
          busy={ask.isPending}
          error={ask.error}
          onSend={(question) => ask.mutateAsync({ question })}
        />
        <div className="mt-6 space-y-6">
          <EnoughToTeach />
          {library && library.suggestions.length > 0 && (
            <Suggestions
              library={library}
              disabled={ask.isPending}
              onAsk={(question) => ask.mutate({ question, libraryId: library.id })}
            />
          )}
          {sample && library?.id !== sample.id && !own && (
            <Suggestions
              library={sample}
              disabled={ask.isPending}
              onAsk={(question) => ask.mutate({ question, libraryId: sample.id })}
            />
          )}
          <div className="flex flex-wrap items-center justify-center gap-x-3 gap-y-2 text-center">
            <Button onClick={folder.start} disabled={folder.busy}>
              <FolderPlus /> {own ? 'Add another folder' : 'Choose a folder of your own'}
            </Button>
          </div>
          {info && <p className="text-balance text-center text-xs text-ink-3">{computerText(info)}</p>}
        </div>
      </div>
      {folder.dialog}
    </section>
  )
}

/** Questions that are worth asking first; one click asks. */
function Suggestions({
  library,
  disabled,
  onAsk,
}: {
  library: Library
  disabled: boolean
  onAsk: (question: string) => void
}) {
  const [asked, setAsked] = useState<string | null>(null)
  return (
    <div>
      <h2 className="mb-2 flex items-center justify-center gap-1.5 text-[0.8125rem] text-ink-3">
        <Sparkles className="size-3.5" aria-hidden="true" />
        {library.sample ? 'Try the sample library, an invented country' : 'Questions to start with'}
      </h2>
      <ul className="space-y-1.5">
        {library.suggestions.slice(0, 3).map((question) => (
          <li key={question}>
            <button
              type="button"
              disabled={disabled}
              aria-busy={disabled && asked === question}
              onClick={() => {
                setAsked(question)
                onAsk(question)
              }}
              className="w-full rounded-xl border border-line bg-surface px-4 py-2.5 text-left shadow-card transition-colors hover:border-control hover:bg-hover/40 disabled:opacity-60"
            >
              {question}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
