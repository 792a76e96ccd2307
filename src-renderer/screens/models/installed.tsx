import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Model } from '../../../src-main/contract/index.ts'
import { queries, useModels } from '../../api/queries.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Downloads } from './downloads.tsx'
import { ModelRow } from './model-row.tsx'
import { SetCard } from './set-card.tsx'

const roles = {
  chat: { title: 'Answering', hint: 'Think, search and answer.' },
  embedding: { title: 'Finding by meaning', hint: 'Embedding models; searches use them next to full text.' },
  reranking: { title: 'Reranking', hint: 'Put the passages found into a better order.' },
} as const

/** Models on this computer, by what they are for, and those on their way. */
export function Installed() {
  const { data: models, error } = useModels()
  return (
    <>
      {error && <ErrorNotice error={error} />}
      <FirstModel models={models ?? null} />
      <Downloads />
      {(Object.keys(roles) as Model['role'][]).map((role) => {
        const list = models?.filter((model) => model.role === role) ?? []
        if (list.length === 0) return null
        return (
          <section key={role} className="mb-8">
            <h2 className="text-sm font-semibold">{roles[role].title}</h2>
            <p className="mb-2.5 text-[0.8125rem] text-ink-3">{roles[role].hint}</p>
            <ul className="space-y-2.5">
              {list.map((model) => (
                <ModelRow key={model.id} model={model} />
              ))}
            </ul>
          </section>
        )
      })}
    </>
  )
}

/** As long as there is only the built-in model: the set to begin with. */
function FirstModel({ models }: { models: readonly Model[] | null }) {
  const { data: offers } = useQuery(queries.catalogue())
  const { data: downloads } = useQuery(queries.downloads())
  const set = offers?.sets.find(({ id }) => id === offers.recommended)
  if (!models || !offers || !set || !downloads || downloads.length > 0) return null
  if (models.some(({ bundled, role }) => !bundled && role === 'chat')) return null
  return (
    <section className="mb-8" aria-label="A first model of your own">
      <h2 className="text-base font-semibold">Get a model for your own documents</h2>
      <p className="mb-3 mt-0.5 text-ink-2">
        The built-in model only knows the sample library. These three fit this computer: one that searches and answers,
        one to teach it, one that finds passages by their meaning.
      </p>
      <SetCard
        set={set}
        models={offers.models}
        more={
          <Button asChild tone="ghost">
            <Link href="/models/get">Look at all models</Link>
          </Button>
        }
      />
    </section>
  )
}
