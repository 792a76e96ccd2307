import { CircleAlert, CircleCheck, CircleX } from 'lucide-react'
import type { Fit } from '../../../src-main/contract/index.ts'
import { cn } from '../../components/cn.ts'

const looks = {
  good: { icon: CircleCheck, words: 'Runs well here', color: 'text-good' },
  tight: { icon: CircleAlert, words: 'Tight here', color: 'text-warn' },
  no: { icon: CircleX, words: 'Too large for this computer', color: 'text-bad' },
} as const

/** How well something runs on this computer, in two or three words. */
export function Verdict({ verdict, className }: { verdict: Fit['verdict']; className?: string }) {
  const { icon: Icon, words, color } = looks[verdict]
  return (
    <span className={cn('inline-flex items-center gap-1 text-[0.8125rem] font-medium', color, className)}>
      <Icon className="size-3.5" aria-hidden="true" /> {words}
    </span>
  )
}
