import { useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { useState } from 'react'
import type { RunEpisode } from '../../../src-main/contract/index.ts'
import { queries } from '../../api/queries.ts'
import { Disclosure } from '../../components/disclosure.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Input } from '../../components/ui/field.tsx'

const PAGE = 20

const kinds: Record<RunEpisode['kind'], string> = {
  rollout: 'practice',
  validation: 'validation',
  test: 'test',
  teacher: 'the teacher',
}

/** Episodes that were kept for reading, of all steps or of one, newest first, a page at a time. */
export function Episodes({ id, lines }: { id: string; lines: number }) {
  const [step, setStep] = useState('')
  const number = /^\d+$/.test(step) ? Number(step) : null
  return (
    <>
      <p className="mb-3 flex items-center gap-2 text-[0.8125rem]">
        <label htmlFor="episodes-step" className="text-ink-2">
          Of step
        </label>
        <Input
          id="episodes-step"
          inputMode="numeric"
          className="h-8 w-24"
          placeholder="all"
          value={step}
          aria-invalid={step !== '' && number === null}
          onChange={({ target }) => setStep(target.value.trim())}
        />
      </p>
      <EpisodeList key={number} id={id} step={number} lines={lines} />
    </>
  )
}

function EpisodeList({ id, step, lines }: { id: string; step: number | null; lines: number }) {
  const [pages, setPages] = useState(1)
  const { data, error } = useQuery(queries.runEpisodes(id, step, PAGE * pages, lines))
  if (error) return <ErrorNotice error={error} />
  if (!data) return null
  if (data.episodes.length === 0) {
    return (
      <p className="text-ink-2">
        {step === null ? 'Some episodes of each step are kept here.' : `No episodes of step ${step} were kept.`}
      </p>
    )
  }
  const first = data.total - data.episodes.length
  const numbered = data.episodes.map((episode, i) => ({ number: first + i, episode })).toReversed()
  return (
    <>
      <ul className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
        {numbered.map(({ number, episode }) => (
          <EpisodeRow key={number} episode={episode} />
        ))}
      </ul>
      {data.total > data.episodes.length && (
        <Button className="mt-3" onClick={() => setPages((old) => old + 1)}>
          Show older ones
        </Button>
      )}
    </>
  )
}

function EpisodeRow({ episode }: { episode: RunEpisode }) {
  const [open, setOpen] = useState(false)
  const right = episode.em === 1
  const Icon = right ? Check : X
  return (
    <li className="px-4 py-2.5">
      <Disclosure
        open={open}
        onToggle={() => setOpen((old) => !old)}
        summary={
          <span>
            <Icon
              className={`mr-1.5 inline size-4 align-[-3px] ${right ? 'text-good' : 'text-bad'}`}
              aria-label={right ? 'Right' : 'Wrong'}
            />
            <span className="text-ink">{episode.question}</span>{' '}
            <span className="text-xs text-ink-3">
              step {episode.step}, {kinds[episode.kind]}
            </span>
          </span>
        }
      >
        <dl className="mt-1 grid grid-cols-[6rem_minmax(0,1fr)] gap-y-1 text-[0.8125rem]">
          <dt className="text-ink-3">Answered</dt>
          <dd>{episode.answer ?? 'nothing'}</dd>
          <dt className="text-ink-3">Expected</dt>
          <dd>{episode.answers.join(' or ')}</dd>
        </dl>
        <pre className="mt-2 whitespace-pre-wrap wrap-anywhere rounded-lg bg-sunken p-3 font-mono text-xs">
          {episode.transcript}
        </pre>
      </Disclosure>
    </li>
  )
}
