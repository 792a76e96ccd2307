import { ArrowUp, ChevronDown, Cpu, GraduationCap, LibraryBig, Square } from 'lucide-react'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { hostsOf, leaving } from '../../../src-main/contract/index.ts'
import { useSettings, useUpdateSettings } from '../../api/queries.ts'
import { emit, useCommand } from '../../app/commands.ts'
import { useStored } from '../../app/stored.ts'
import { type Choice, useChoice } from '../../components/choice.ts'
import { cn } from '../../components/cn.ts'
import { plural } from '../../components/format.ts'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Menu, MenuChoice, MenuChoices, MenuLabel } from '../../components/ui/menu.tsx'
import { Tip } from '../../components/ui/tip.tsx'

/** Why a question cannot be sent now; null when it can. */
function obstacle({ library, model, taught, asksTaught, loaded }: Choice, text: string): string | null {
  if (text.trim() === '') return 'Type a question first.'
  if (!loaded) return 'Still starting; one moment.'
  if (asksTaught && taught?.problem === null) return library ? null : 'There is no library yet.'
  if (!model) return 'There is no model yet. Add one under Models.'
  if (model.error) return model.error.message
  if (!library) return 'There is no library yet. Create one under Library.'
  return null
}

/** Where questions are written: the text, the library and the model it goes to, send or stop. */
export function Composer({
  draftKey,
  running,
  busy,
  error,
  onSend,
}: {
  /** Under which the unsent text survives a reload. */
  draftKey: string
  /** An answer of this thread is being written. */
  running: boolean
  /** The question is on its way. */
  busy: boolean
  error: unknown
  /** Resolves when the question is on its way; the text is kept when it rejects. */
  onSend: (question: string) => Promise<unknown>
}) {
  const [text, setText] = useStored(`draft.${draftKey}`, '', 'session')
  const [complaint, setComplaint] = useState<string | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const choice = useChoice()
  const reason = obstacle(choice, text)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, window.innerHeight * 0.35)}px`
  }, [text])
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  useCommand('focus-composer', () => {
    field.current?.focus()
    return true
  })

  const send = () => {
    if (busy) return
    if (reason) return setComplaint(reason)
    setComplaint(null)
    onSend(text).then(
      () => setText(''),
      () => undefined,
    )
  }
  return (
    <div>
      {error != null && <ErrorNotice error={error} className="mb-2.5" />}
      <div className="rounded-2xl border border-control bg-surface shadow-card focus-within:border-accent">
        <textarea
          ref={field}
          rows={1}
          data-plain-focus
          aria-label="Your question"
          aria-describedby="composer-hint"
          placeholder={choice.library ? `Ask “${choice.library.name}”…` : 'Ask your documents…'}
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            setComplaint(null)
          }}
          onKeyDown={(event) => {
            // While an input method composes, Enter picks a word (229: what Safari reports for that key).
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229)
              return
            event.preventDefault()
            send()
          }}
          className="block max-h-[35vh] w-full resize-none bg-transparent px-4 pb-1 pt-3.5 text-base leading-normal outline-none placeholder:text-ink-3"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <LibraryPicker choice={choice} />
          <ModelPicker choice={choice} />
          <span className="flex-1" />
          {running ? (
            <Tip label="Stop the answer" keys="Esc">
              <Button size="icon" className="rounded-xl" aria-label="Stop the answer" onClick={() => emit('stop')}>
                <Square className="size-3! fill-current" />
              </Button>
            </Tip>
          ) : (
            <Tip label={reason ?? 'Send'} keys={reason ? undefined : 'Enter'}>
              <Button
                tone="primary"
                size="icon"
                className="rounded-xl"
                aria-label="Send"
                aria-disabled={reason !== null || busy}
                onClick={send}
              >
                <ArrowUp strokeWidth={2.5} />
              </Button>
            </Tip>
          )}
        </div>
      </div>
      <p
        id="composer-hint"
        role={complaint ? 'alert' : undefined}
        className={cn('mt-2 min-h-5 text-center text-xs', complaint ? 'text-bad' : 'text-ink-3')}
      >
        {complaint ?? <Hint choice={choice} busy={busy} />}
      </p>
    </div>
  )
}

/** A small button of the composer that opens a choice. */
function Picker({
  icon,
  label,
  name,
  children,
}: {
  icon: ReactNode
  label: string
  name: string
  children: ReactNode
}) {
  return (
    <Menu
      side="top"
      trigger={
        <Button tone="ghost" size="sm" aria-label={`${label}: ${name}`} className="min-w-0 max-w-52 shrink font-normal">
          {icon}
          <span className="truncate">{name}</span>
          <ChevronDown className="text-ink-3" />
        </Button>
      }
    >
      {children}
    </Menu>
  )
}

function LibraryPicker({ choice: { libraries, library, loaded } }: { choice: Choice }) {
  const update = useUpdateSettings()
  if (!loaded) return null
  return (
    <Picker icon={<LibraryBig />} label="Library" name={library?.name ?? 'No library'}>
      <MenuLabel>Search in</MenuLabel>
      <MenuChoices
        value={library?.id ?? ''}
        onValueChange={(libraryId) => update.mutate({ libraryId }, { onError: toastError })}
      >
        {libraries.map(({ id, name, files }) => (
          <MenuChoice key={id} value={id} label={name} hint={plural(files.indexed ?? 0, 'document')} />
        ))}
      </MenuChoices>
    </Picker>
  )
}

/** The choice that stands for what was taught for the library. */
const TAUGHT = 'taught'

function ModelPicker({ choice: { models, model, taught, asksTaught, loaded } }: { choice: Choice }) {
  const { data: settings } = useSettings()
  const update = useUpdateSettings()
  if (!loaded) return null
  const choose = (value: string) => {
    const others = (settings?.untaughtLibraries ?? []).filter((id) => id !== taught?.library.id)
    const untaughtLibraries = taught && value !== TAUGHT ? [...others, taught.library.id] : others
    const change = value === TAUGHT ? { untaughtLibraries } : { untaughtLibraries, modelId: value }
    update.mutate(change, { onError: toastError })
  }
  const name = asksTaught && taught ? `${taught.lineage.base.name}, taught` : (model?.name ?? 'No model')
  return (
    <Picker icon={asksTaught ? <GraduationCap /> : <Cpu />} label="Model" name={name}>
      <MenuLabel>Answer with</MenuLabel>
      <MenuChoices value={asksTaught ? TAUGHT : (model?.id ?? '')} onValueChange={choose}>
        {taught && (
          <MenuChoice
            value={TAUGHT}
            label={`${taught.lineage.base.name}, taught for “${taught.library.name}”`}
            hint={taught.problem?.message ?? taught.lineage.headline}
          />
        )}
        {models.map(({ id, name, note, error }) => (
          <MenuChoice
            key={id}
            value={id}
            label={name}
            hint={error?.message ?? note ?? undefined}
            disabled={error !== null}
          />
        ))}
      </MenuChoices>
    </Picker>
  )
}

/** What there is to know before asking: that the chosen model cannot do justice to the chosen library, or the rule. */
function Hint({ choice: { model, library, taught, asksTaught, loaded }, busy }: { choice: Choice; busy: boolean }) {
  if (busy && library?.jobId)
    return `“${library.name}” is being read for the first time. Your question is asked as soon as it can be searched.`
  if (asksTaught && taught?.problem)
    return (
      <span className="text-bad">
        {taught.problem.message} {model ? `${model.name} answers instead.` : ''}{' '}
        <InlineLink href="/teach">What to do</InlineLink>
      </span>
    )
  if (asksTaught && taught)
    return (
      <>
        Answered with what was learned in{' '}
        <InlineLink href={`/teach/${taught.lineage.runId}`}>{taught.lineage.runName}</InlineLink>.
      </>
    )
  if (loaded && !model)
    return (
      <>
        No model can answer yet. <InlineLink href="/models">Add one</InlineLink>
      </>
    )
  if (model?.bundled && model.note && library && !library.sample)
    return (
      <>
        The built-in micro model only understands the sample library. For your own files{' '}
        <InlineLink href="/models">add a real model</InlineLink>.
      </>
    )
  const hosts = hostsOf([model])
  if (hosts.length > 0) return leaving(hosts)
  return 'Each question is answered on its own; nothing is carried over from the one before.'
}

const InlineLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link href={href} className="font-medium text-accent underline underline-offset-2">
    {children}
  </Link>
)
