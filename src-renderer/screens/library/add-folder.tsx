import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Library, LibraryRules } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { keepLibrary, queryClient } from '../../api/queries.ts'
import { baseName } from '../../components/format.ts'
import { toastError } from '../../components/notice.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { SurveyDialog } from './survey.tsx'

/** Makes a library of a folder: pick it, see what is in it, name the library after it, read it, ask it from now on. */
export function useAddFolder(onAdded: (library: Library) => void): {
  start: () => void
  busy: boolean
  dialog: ReactNode
} {
  const { pick, dialog } = usePick()
  const [surveyed, setSurveyed] = useState<string[] | null>(null)
  const add = useMutation({
    mutationFn: async ({ paths, rules }: { paths: string[]; rules: LibraryRules }) => {
      const { id } = await client.libraries.create({ name: baseName(paths[0] ?? 'Documents') })
      try {
        const { library } = await client.libraries.addSources({ id, paths, rules })
        await client.system.updateSettings({ libraryId: id })
        return library
      } catch (thrown) {
        await client.libraries.delete({ id }).catch(() => undefined)
        throw thrown
      }
    },
    onSuccess: (library) => {
      keepLibrary(library)
      void queryClient.invalidateQueries({ queryKey: ['settings'] })
      onAdded(library)
    },
    onError: toastError,
  })
  return {
    start: () =>
      pick({
        title: 'Choose a folder of documents',
        pick: { kind: 'folder' },
        action: 'Choose this folder',
        onPick: setSurveyed,
      }),
    busy: add.isPending,
    dialog: (
      <>
        {dialog}
        {surveyed && (
          <SurveyDialog
            paths={surveyed}
            library={null}
            onClose={() => setSurveyed(null)}
            onAccept={(rules) => {
              setSurveyed(null)
              add.mutate({ paths: surveyed, rules })
            }}
          />
        )}
      </>
    ),
  }
}
