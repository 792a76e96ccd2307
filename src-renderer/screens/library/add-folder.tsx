import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Library } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { keepLibrary, queryClient } from '../../api/queries.ts'
import { baseName } from '../../components/format.ts'
import { toastError } from '../../components/notice.tsx'
import { usePick } from '../../components/use-pick.tsx'

/** Makes a library of a folder: pick it, name the library after it, read it, ask it from now on. */
export function useAddFolder(onAdded: (library: Library) => void): {
  start: () => void
  busy: boolean
  dialog: ReactNode
} {
  const { pick, dialog } = usePick()
  const add = useMutation({
    mutationFn: async (paths: string[]) => {
      const { id } = await client.libraries.create({ name: baseName(paths[0] ?? 'Documents') })
      try {
        const { library } = await client.libraries.addSources({ id, paths })
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
        onPick: (paths) => add.mutate(paths),
      }),
    busy: add.isPending,
    dialog,
  }
}
