import { useMutation, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { client } from '../api/client.ts'
import { queries, queryClient } from '../api/queries.ts'
import { cn } from './cn.ts'
import { ErrorNotice } from './notice.tsx'
import { Button } from './ui/button.tsx'
import { Input } from './ui/field.tsx'

const places = {
  keychain: 'It is kept encrypted, with a key in the keychain of your system.',
  file: 'It is kept in a file that only your user account can read: this way of running Lagotto has no keychain.',
}

/** Takes, shows the presence of, and forgets the access token for gated models. */
export function TokenForm({ className, onKept }: { className?: string; onKept?: () => void }) {
  const { data: hub } = useQuery(queries.hub())
  const [token, setToken] = useState('')
  const id = useId()
  const keep = useMutation({
    mutationFn: (value: string | null) => client.models.setHubToken({ token: value }),
    onSuccess: (access, value) => {
      queryClient.setQueryData(queries.hub().queryKey, access)
      setToken('')
      if (value !== null) onKept?.()
    },
  })
  if (!hub) return null
  if (hub.token === 'environment')
    return <p className={cn('text-[0.8125rem] text-ink-2', className)}>The token in HF_TOKEN is used.</p>
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault()
        if (token.trim() !== '') keep.mutate(token.trim())
      }}
    >
      <label htmlFor={id} className="block text-[0.8125rem] font-medium">
        Access token
      </label>
      <div className="mt-1.5 flex gap-2">
        <Input
          id={id}
          type="password"
          autoComplete="off"
          className="min-w-0 flex-1"
          value={token}
          placeholder={hub.token === 'kept' ? 'A token is kept' : 'hf_…'}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setToken(event.target.value)}
        />
        <Button type="submit" disabled={token.trim() === '' || keep.isPending}>
          Keep
        </Button>
        {hub.token === 'kept' && (
          <Button tone="ghost" disabled={keep.isPending} onClick={() => keep.mutate(null)}>
            Forget
          </Button>
        )}
      </div>
      <p id={`${id}-hint`} className="mt-1.5 text-xs text-ink-3">
        For models that are given to signed-in people only. It is sent to {new URL(hub.endpoint).host} and nowhere else.{' '}
        {places[hub.keptIn]}
      </p>
      {keep.error && <ErrorNotice error={keep.error} className="mt-2" />}
    </form>
  )
}
