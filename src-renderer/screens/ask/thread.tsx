import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Exchange, Thread } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { ItemMenu } from '../../components/item-menu.tsx'
import { NameDialog } from '../../components/name-dialog.tsx'
import { ErrorNotice, toastError } from '../../components/notice.tsx'
import { save } from '../../components/save.ts'
import { Button } from '../../components/ui/button.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { Composer } from './composer.tsx'
import { ExchangeView } from './exchange.tsx'
import { useAsk } from './use-ask.ts'

/** A thread: its questions with their answers, oldest first, and the composer for the next one. */
export function ThreadScreen({ id }: { id: string }) {
  const { data, error } = useQuery(queries.thread(id))
  const ask = useAsk()
  const { data: jobs } = useQuery(queries.jobs())
  if (error)
    return (
      <div className="mx-auto max-w-2xl p-8">
        <ErrorNotice error={error}>
          <Button size="sm" asChild>
            <Link href="/">New question</Link>
          </Button>
        </ErrorNotice>
      </div>
    )
  const running = data?.exchanges.some((exchange) => isRunning(exchange, jobs)) ?? false
  return (
    <div className="flex h-full flex-col">
      {data && <ThreadHeader thread={data.thread} />}
      {data ? (
        <Exchanges exchanges={data.exchanges} running={running} onAskAgain={(question) => ask.mutate(question)} />
      ) : (
        <Loading />
      )}
      <div className="mx-auto w-full max-w-3xl px-6 pb-3">
        <Composer
          draftKey={id}
          running={running}
          busy={ask.isPending}
          error={ask.error}
          onSend={(question) => ask.mutateAsync({ threadId: id, question })}
        />
      </div>
    </div>
  )
}

const Loading = () => (
  <div className="flex flex-1 items-center justify-center">
    <Spinner className="size-5" />
  </div>
)

/** Whether an answer is being written: its trace has no end, and its job, as far as known, is open. */
function isRunning(exchange: Exchange, jobs: readonly { id: string; endedAt: number | null }[] | undefined): boolean {
  if (exchange.trace.outcome !== null) return false
  const job = jobs?.find(({ id }) => id === exchange.jobId)
  return job === undefined || job.endedAt === null
}

function Exchanges({
  exchanges,
  running,
  onAskAgain,
}: {
  exchanges: readonly Exchange[]
  running: boolean
  onAskAgain: (question: { threadId: string; question: string }) => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const newest = exchanges.at(-1)?.id
  // A new question comes into view with room for its answer below it.
  useLayoutEffect(() => {
    const element = scroller.current
    const last = element?.querySelector(`[data-exchange="${newest}"]`)
    last?.scrollIntoView({ block: exchanges.length > 1 ? 'start' : 'nearest' })
  }, [newest, exchanges.length])
  useFollow(scroller, running)
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Questions and answers"
      className="min-h-0 flex-1 overflow-y-auto [container-type:size]"
    >
      <div className="mx-auto max-w-3xl space-y-10 px-6 pb-8 pt-6">
        {exchanges.map((exchange) => (
          <div
            key={exchange.id}
            data-exchange={exchange.id}
            // The newest of several can be scrolled to the top, whatever its length.
            className="scroll-mt-6 not-first:last:min-h-[calc(100cqh-3.5rem)]"
          >
            <ExchangeView
              exchange={exchange}
              newest={exchange.id === newest}
              hint={exchanges.length === 1}
              onAskAgain={() => onAskAgain({ threadId: exchange.threadId, question: exchange.question })}
            />
          </div>
        ))}
      </div>
    </section>
  )
}

/** Keeps the end of what grows inside in view, until the reader scrolls up. */
function useFollow(scroller: RefObject<HTMLElement | null>, active: boolean): void {
  useEffect(() => {
    const element = scroller.current
    const content = element?.firstElementChild
    if (!active || !element || !content) return
    let atEnd = true
    const onScroll = () => {
      atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40
    }
    const observer = new ResizeObserver(() => {
      if (atEnd) element.scrollTop = element.scrollHeight
    })
    element.addEventListener('scroll', onScroll)
    observer.observe(content)
    return () => {
      element.removeEventListener('scroll', onScroll)
      observer.disconnect()
    }
  }, [scroller, active])
}

function ThreadHeader({ thread }: { thread: Thread }) {
  const [, navigate] = useLocation()
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null)
  useEffect(() => {
    document.title = `${thread.title} – Lagotto`
    return () => {
      document.title = 'Lagotto'
    }
  }, [thread.title])
  const exportThread = async () => {
    try {
      const { markdown } = await client.threads.markdown({ id: thread.id })
      const name = thread.title
        .replace(/[^\p{L}\p{N} _-]+/gu, '')
        .trim()
        .slice(0, 60)
      save(`${name || 'thread'}.md`, 'text/markdown', markdown)
    } catch (thrown) {
      toastError(thrown)
    }
  }
  const remove = async () => {
    try {
      await client.threads.delete({ id: thread.id })
      navigate('/')
    } catch (thrown) {
      toastError(thrown)
    }
  }
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line pl-6 pr-3">
      <h1 className="min-w-0 flex-1 truncate text-sm font-medium text-ink-2">{thread.title}</h1>
      <Button tone="ghost" size="sm" onClick={exportThread}>
        <Download /> Export
      </Button>
      <ItemMenu
        label="More for this thread"
        onRename={() => setDialog('rename')}
        onDelete={() => setDialog('delete')}
      />
      {dialog === 'rename' && (
        <NameDialog
          title="Rename thread"
          label="Title"
          initial={thread.title}
          action="Rename"
          onClose={() => setDialog(null)}
          onSubmit={(title) =>
            client.threads
              .rename({ id: thread.id, title })
              .then(() => queryClient.invalidateQueries({ queryKey: ['threads'] }))
              .catch(toastError)
          }
        />
      )}
      <Confirm
        open={dialog === 'delete'}
        onOpenChange={() => setDialog(null)}
        title="Delete this thread?"
        action="Delete"
        onConfirm={() => void remove()}
      >
        “{thread.title}” and its answers will be removed. Your documents are not touched.
      </Confirm>
    </header>
  )
}
