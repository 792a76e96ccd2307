import { CircleAlert, CircleCheck, CircleDashed } from 'lucide-react'
import type { Evidence } from '../../../src-main/contract/index.ts'
import { cn } from '../cn.ts'
import { Tip } from '../ui/tip.tsx'
import { verdicts } from './steps.ts'

const looks = {
  supported: { icon: CircleCheck, colors: 'bg-good-soft text-good' },
  'partly-supported': { icon: CircleAlert, colors: 'bg-warn-soft text-warn' },
  'not-found': { icon: CircleDashed, colors: 'bg-bad-soft text-bad' },
} as const

/** Whether the documents back the answer; the tooltip says what that means. */
export function VerdictChip({ evidence }: { evidence: Evidence }) {
  const { icon: Icon, colors } = looks[evidence.verdict]
  const { label, meaning } = verdicts[evidence.verdict]
  return (
    <Tip label={evidence.note ?? meaning}>
      <button
        type="button"
        className={cn(
          'inline-flex h-7 cursor-help items-center gap-1.5 rounded-full px-2.5 text-[0.8125rem] font-medium',
          colors,
        )}
      >
        <Icon className="size-4" aria-hidden="true" />
        {label}
      </button>
    </Tip>
  )
}
