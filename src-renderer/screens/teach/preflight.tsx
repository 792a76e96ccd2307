import { estimateWords, type Preflight, parityWords } from '../../../src-main/contract/index.ts'
import { bytes, count, plural } from '../../components/format.ts'
import { ErrorNotice, Notice } from '../../components/notice.tsx'

/** What a training would need and mean, before anything happens. */
export function PreflightReport({ preflight }: { preflight: Preflight }) {
  const { questions, memory, time, disk, parity, refusals, notices } = preflight
  const facts = [
    {
      label: 'Questions',
      value: `${count(questions.train)} to learn from, ${count(questions.validation)} to watch progress, ${count(questions.test)} to test at the end`,
      more: [
        questions.unusable > 0 && `${plural(questions.unusable, 'line')} of the file cannot be used`,
        questions.notFound > 0 &&
          `for ${count(questions.notFound)} of ${count(questions.looked)} no answer was found in the library`,
      ],
    },
    {
      label: 'Memory',
      value: `${bytes(memory.bytes)} of ${bytes(memory.availableBytes)} that are free`,
      more: [memory.parts.map((part) => `${part.name} ${bytes(part.bytes)}`).join(', ')],
    },
    {
      label: 'Time',
      value: `${estimateWords(time.steps * time.secondsPerStep * 1000)} for ${plural(time.steps, 'step')}`,
      more: [
        time.basis === 'measured' ? 'as an earlier training here took' : 'a rough estimate; it gets better on the way',
      ],
    },
    { label: 'Disk', value: `${bytes(disk.bytes)} of ${bytes(disk.freeBytes)} that are free`, more: [] },
    {
      label: 'Same as in Ask',
      value: parity.length === 0 ? 'yes: prompt, search and limits are the same' : 'no',
      more: parity.map(parityWords),
    },
  ]
  return (
    <section aria-label="What it needs" className="space-y-3">
      <dl className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-card">
        {facts.map(({ label, value, more }) => (
          <div key={label} className="grid grid-cols-[8rem_minmax(0,1fr)] px-5 py-2.5">
            <dt className="text-ink-3">{label}</dt>
            <dd>
              {value}
              {more.filter(Boolean).map((line) => (
                <span key={String(line)} className="block text-[0.8125rem] text-ink-3">
                  {line}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {notices.map((notice) => (
        <Notice key={notice}>{notice}</Notice>
      ))}
      {refusals.map((refusal) => (
        <ErrorNotice key={refusal.code + refusal.message} error={refusal} />
      ))}
    </section>
  )
}
