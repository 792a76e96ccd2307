import {
  type Fate,
  fateSchema,
  fateWords,
  type ResultFilter,
  type ResultTable,
} from '../../../src-main/contract/index.ts'
import { useStored } from '../../app/stored.ts'

/** What the list of questions shows; kept over reloads, so that one comes back to what one looked at. */
export function useShow(id: string) {
  const [show, setShow] = useStored(`evaluate.${id}.show`, 'all', 'session')
  const [set, setSet] = useStored(`evaluate.${id}.set`, '', 'session')
  const [text, setText] = useStored(`evaluate.${id}.text`, '', 'session')
  return { show, setShow, set, setSet, text, setText, filter: filterOf(show, set, text) }
}

/** `all`, `fate:METHOD:FATE`, `missed:METHOD` or `flipped:RIGHT:WRONG`, as a filter. */
export function filterOf(show: string, set: string, text: string): ResultFilter {
  const [kind, first = '', second = ''] = show.split(':')
  const method = Number(first)
  const fate = fateSchema.safeParse(second)
  return {
    ...(set === '' ? {} : { set: Number(set) }),
    ...(text.trim() === '' ? {} : { text: text.trim() }),
    ...(kind === 'fate' && fate.success ? { fate: { method, fates: [fate.data] } } : {}),
    ...(kind === 'missed' ? { fate: { method, fates: fateSchema.options.filter((one) => one !== 'right') } } : {}),
    ...(kind === 'flipped' ? { flipped: { right: method, wrong: Number(second) } } : {}),
  }
}

export interface ShowGroup {
  label: string
  options: { value: string; label: string }[]
}

/** The choices there are, grouped: who is right where another is wrong, then the misses of each method. */
export function showGroups({ methods }: Pick<ResultTable, 'methods'>): ShowGroup[] {
  const flipped = methods.flatMap((right, a) =>
    methods.flatMap((wrong, b) =>
      a === b ? [] : [{ value: `flipped:${a}:${b}`, label: `${right.label} right, ${wrong.label} wrong` }],
    ),
  )
  const misses = methods.map(({ label, fates, mean }, method): ShowGroup => {
    const some = fateSchema.options.filter((fate: Fate) => fates[fate] > 0)
    return {
      label,
      options: [
        { value: `missed:${method}`, label: `All misses (${mean.questions - mean.right})` },
        ...some.map((fate) => ({
          value: `fate:${method}:${fate}`,
          label: `${fateWords[fate].name} (${fates[fate]})`,
        })),
      ],
    }
  })
  return [...(flipped.length > 0 ? [{ label: 'Right and wrong', options: flipped }] : []), ...misses]
}
