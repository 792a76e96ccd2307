import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Cpu, LibraryBig, MessageSquare, Monitor, Moon, SquarePen, Sun } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type ReactNode, useDeferredValue, useState } from 'react'
import { useLocation } from 'wouter'
import { queries, useUpdateSettings } from '../api/queries.ts'
import { useChoice } from '../components/choice.ts'
import { toastError } from '../components/notice.tsx'
import { Keys } from '../components/ui/tip.tsx'
import { emit } from './commands.ts'
import { places } from './places.ts'

const group =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-3'

/** Everything the app can do, by typing. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [, navigate] = useLocation()
  const update = useUpdateSettings()
  const choice = useChoice()
  const { data: threads } = useQuery(queries.threads(useDeferredValue(text)))
  const run = (action: () => void) => {
    onClose()
    action()
  }
  const set = (change: Parameters<typeof update.mutate>[0]) => update.mutate(change, { onError: toastError })
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/35" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed left-1/2 top-[14vh] z-50 w-[min(38rem,calc(100vw-3rem))] -translate-x-1/2 overflow-hidden rounded-2xl border border-line bg-surface shadow-float"
        >
          <Dialog.Title className="sr-only">Command palette</Dialog.Title>
          <Command label="Command palette" loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              data-plain-focus
              placeholder="Type a command or search your threads…"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-[0.9375rem] outline-none placeholder:text-ink-3"
            />
            <Command.List className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5 pt-0">
              <Command.Empty className="px-3 py-6 text-center text-ink-3">Nothing matches.</Command.Empty>
              <Command.Group heading="Go to" className={group}>
                <Item
                  icon={<SquarePen />}
                  keys="N"
                  onSelect={() =>
                    run(() => {
                      navigate('/')
                      setTimeout(() => emit('focus-composer'), 50)
                    })
                  }
                >
                  New question
                </Item>
                {places.map(({ href, label, icon: Icon, ...place }) => (
                  <Item
                    key={href}
                    icon={<Icon />}
                    keys={'keys' in place ? place.keys : undefined}
                    onSelect={() => run(() => navigate(href))}
                  >
                    {label}
                  </Item>
                ))}
              </Command.Group>
              {(threads?.length ?? 0) > 0 && (
                <Command.Group heading="Threads" className={group}>
                  {threads?.slice(0, 8).map((thread) => (
                    <Item
                      key={thread.id}
                      value={`thread ${thread.id}`}
                      // The service looks into answers as well: what it found is shown whatever the title says.
                      keywords={[thread.title, text]}
                      icon={<MessageSquare />}
                      onSelect={() => run(() => navigate(`/t/${thread.id}`))}
                    >
                      {thread.title}
                    </Item>
                  ))}
                </Command.Group>
              )}
              <Command.Group heading="Ask in library" className={group}>
                {choice.libraries.map((library) => (
                  <Item
                    key={library.id}
                    value={`library ${library.id}`}
                    keywords={[library.name]}
                    icon={<LibraryBig />}
                    current={library.id === choice.library?.id}
                    onSelect={() => run(() => set({ libraryId: library.id }))}
                  >
                    {library.name}
                  </Item>
                ))}
              </Command.Group>
              <Command.Group heading="Answer with model" className={group}>
                {choice.models.map((model) => (
                  <Item
                    key={model.id}
                    value={`model ${model.id}`}
                    keywords={[model.name]}
                    icon={<Cpu />}
                    current={model.id === choice.model?.id}
                    onSelect={() => run(() => set({ modelId: model.id }))}
                  >
                    {model.name}
                  </Item>
                ))}
              </Command.Group>
              <Command.Group heading="Theme" className={group}>
                <Item icon={<Monitor />} onSelect={() => run(() => set({ theme: 'system' }))}>
                  Theme: as the system
                </Item>
                <Item icon={<Sun />} onSelect={() => run(() => set({ theme: 'light' }))}>
                  Theme: light
                </Item>
                <Item icon={<Moon />} onSelect={() => run(() => set({ theme: 'dark' }))}>
                  Theme: dark
                </Item>
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Item({
  icon,
  keys,
  current,
  value,
  keywords,
  onSelect,
  children,
}: {
  icon: ReactNode
  keys?: string | undefined
  current?: boolean
  value?: string
  keywords?: string[]
  onSelect: () => void
  children: ReactNode
}) {
  return (
    <Command.Item
      {...(value === undefined ? {} : { value })}
      {...(keywords === undefined ? {} : { keywords })}
      onSelect={onSelect}
      className="flex cursor-pointer items-center gap-3 rounded-lg px-2.5 py-2 text-sm data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-3"
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {current && <span className="text-xs text-ink-3">in use</span>}
      {keys && <Keys keys={keys} className="text-ink-3" />}
    </Command.Item>
  )
}
