import { useQuery } from '@tanstack/react-query'
import type { Model } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { toastError } from '../../components/notice.tsx'
import { Confirm } from '../../components/ui/dialog.tsx'

/** Asks before a model goes, and says what uses it and what becomes of its file. */
export function RemoveDialog({ model, onClose }: { model: Model; onClose: () => void }) {
  const { data: details } = useQuery(queries.modelInfo(model.id))
  const remove = () =>
    client.models
      .remove({ id: model.id })
      .then(() => queryClient.invalidateQueries({ queryKey: ['models'] }))
      .catch(toastError)
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Remove “${model.name}”?`}
      action="Remove"
      onConfirm={() => void remove()}
    >
      {details?.uses.map((use) => (
        <span key={use} className="block">
          {use}
        </span>
      ))}
      {model.remote
        ? 'Lagotto forgets the server and its key. Nothing is sent there any more.'
        : details?.source
          ? 'Lagotto fetched or made this file, and deletes it.'
          : 'Lagotto forgets this model. The file stays where it is.'}
    </Confirm>
  )
}
