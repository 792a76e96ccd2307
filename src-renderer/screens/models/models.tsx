import { useMutation } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { toast } from 'sonner'
import { useLocation } from 'wouter'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { DropZone } from '../../components/drop-zone.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { Computer } from './computer.tsx'
import { GetModels } from './get-models.tsx'
import { Installed } from './installed.tsx'

const parts = [
  ['here', 'On this computer'],
  ['get', 'Get models'],
  ['computer', 'Hardware'],
] as const

/** The models that are here, those that can be had, and what this computer can do with them. */
export default function ModelsScreen({ part }: { part: string | null }) {
  const [, go] = useLocation()
  const { pick, dialog } = usePick()
  const add = useMutation({
    mutationFn: (path: string) => client.models.add({ path }),
    onSuccess: (model) => {
      void queryClient.invalidateQueries({ queryKey: ['models'] })
      toast(`${model.name} was added`)
    },
  })
  const choose = () =>
    pick({
      title: 'Add a model',
      pick: { kind: 'files', extensions: ['.gguf'] },
      action: 'Add model',
      onPick: ([path]) => path && add.mutate(path),
    })
  return (
    <DropZone
      accepts={/\.gguf$/i}
      invitation="Drop a GGUF file to add it"
      refusal={{ title: 'This is no model.', description: 'Drop a file that ends in .gguf.' }}
      onPath={(path) => add.mutate(path)}
      onNoPath={choose}
    >
      <Screen
        title="Models"
        intro="Models are GGUF files on this computer, used where they lie. Models on servers are added in Settings."
        actions={
          <Button disabled={add.isPending} onClick={choose}>
            <Plus /> Add a GGUF file
          </Button>
        }
      >
        {add.error && <ErrorNotice error={add.error} className="mb-6" />}
        <Tabs.Root
          value={parts.some(([id]) => id === part) ? (part as string) : 'here'}
          onValueChange={(next) => go(next === 'here' ? '/models' : `/models/${next}`)}
        >
          <Tabs.List aria-label="Parts of this screen" className="mb-6 flex gap-5 border-b border-line">
            {parts.map(([id, label]) => (
              <Tabs.Trigger
                key={id}
                value={id}
                className="-mb-px border-b-2 border-transparent py-2 text-sm font-medium text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
              >
                {label}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <Tabs.Content value="here" tabIndex={-1}>
            <Installed />
          </Tabs.Content>
          <Tabs.Content value="get" tabIndex={-1}>
            <GetModels />
          </Tabs.Content>
          <Tabs.Content value="computer" tabIndex={-1}>
            <Computer />
          </Tabs.Content>
        </Tabs.Root>
        {dialog}
      </Screen>
    </DropZone>
  )
}
