import { useQuery } from '@tanstack/react-query'
import { ChartNoAxesColumn, Plus } from 'lucide-react'
import { Link } from 'wouter'
import { queries } from '../../api/queries.ts'
import { Empty } from '../../components/empty.tsx'
import { EvaluationList } from '../../components/evaluation-list.tsx'
import { ErrorNotice } from '../../components/notice.tsx'
import { Screen } from '../../components/screen.tsx'
import { Button } from '../../components/ui/button.tsx'
import { EvaluationScreen } from './evaluation.tsx'
import { NewEvaluation } from './new-evaluation.tsx'
import { QuestionScreen } from './question.tsx'

/** Whether it got better: all evaluations, a new one, one of them, or one question of it. */
export default function EvaluateScreen({ id, position }: { id: string | null; position: string | null }) {
  if (id === 'new') return <NewEvaluation comparing={position === 'compare'} />
  if (id === null) return <Evaluations />
  if (position === null || !/^\d+$/.test(position)) return <EvaluationScreen key={id} id={id} />
  return <QuestionScreen id={id} position={Number(position)} />
}

function Evaluations() {
  const { data: evaluations, error } = useQuery(queries.evaluations())
  return (
    <Screen
      title="Evaluate"
      intro="How many questions with known answers a model gets right, before and after it was taught, against its teacher, and why it misses the others."
      actions={
        <Button tone="primary" asChild>
          <Link href="/evaluate/new">
            <Plus /> New evaluation
          </Link>
        </Button>
      }
    >
      {error && <ErrorNotice error={error} />}
      {evaluations?.length === 0 && (
        <Empty icon={ChartNoAxesColumn} title="Nothing measured yet">
          You need questions with their answers: your own, a published set, or the 500 about the sample library.
        </Empty>
      )}
      {evaluations && <EvaluationList evaluations={evaluations} />}
    </Screen>
  )
}
