import { useMutation } from '@tanstack/react-query'
import { FolderInput } from 'lucide-react'
import { useState } from 'react'
import type { Fit, WeightType } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { baseName } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Dialog } from '../../components/ui/dialog.tsx'
import { usePick } from '../../components/use-pick.tsx'
import { TypeChoice } from './fetch-dialog.tsx'
import { Verdict } from './verdict.tsx'

/** Converts a checkpoint that lies in a folder of this computer. */
export function ImportCheckpoint() {
  const { pick, dialog } = usePick()
  const [chosen, setChosen] = useState<{ path: string; fit: Fit } | null>(null)
  const [type, setType] = useState<WeightType>('Q8_0')
  const look = useMutation({
    mutationFn: async (path: string) => ({ path, fit: await client.models.fit({ reference: path }) }),
    onSuccess: setChosen,
  })
  const convert = useMutation({
    mutationFn: (path: string) => client.models.import({ path, type }),
    onSuccess: () => {
      setChosen(null)
      void queryClient.invalidateQueries({ queryKey: ['jobs'] })
    },
  })
  return (
    <section className="mb-8">
      <h2 className="text-sm font-semibold">A checkpoint from a folder</h2>
      <p className="mb-2.5 text-[0.8125rem] text-ink-3">
        A folder with config.json, tokenizer.json and .safetensors files becomes a GGUF file; the folder stays as it is.
      </p>
      <Button
        disabled={look.isPending}
        onClick={() =>
          pick({
            title: 'Choose the checkpoint’s folder',
            pick: { kind: 'folder' },
            action: 'Choose folder',
            onPick: ([path]) => path && look.mutate(path),
          })
        }
      >
        <FolderInput /> Convert a checkpoint
      </Button>
      {look.error && <ErrorNotice error={look.error} className="mt-3" />}
      {dialog}
      {chosen && (
        <Dialog
          open
          onOpenChange={(open) => !open && setChosen(null)}
          title={`Convert ${baseName(chosen.path)}`}
          className="max-w-lg"
        >
          <div className="px-5 pb-5">
            <Verdict verdict={chosen.fit.verdict} />
            <p className="mt-1 text-[0.8125rem]">{chosen.fit.summary}</p>
            <TypeChoice type={type} onChange={setType} />
            {convert.error && <ErrorNotice error={convert.error} className="mt-3" />}
            <div className="mt-5 flex justify-end gap-2">
              <Button onClick={() => setChosen(null)}>Cancel</Button>
              <Button tone="primary" disabled={convert.isPending} onClick={() => convert.mutate(chosen.path)}>
                Convert
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </section>
  )
}
