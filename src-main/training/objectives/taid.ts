/** TAID's state (Shing et al. 2025): how far its target has moved from the student to the teacher. */
export interface TaidState {
  /** Weight of the teacher's logits. */
  t: number
  /** Running mean of the loss's relative change. */
  momentum: number
  previousLoss: number | null
}

export interface TaidSettings {
  start: number
  end: number
  rate: number
  momentum: number
}

export const initialTaid = ({ start }: TaidSettings): TaidState => ({ t: start, momentum: 0, previousLoss: null })

/**
 * After a step: t goes at least as fast as a straight line from start to end, faster while the loss falls.
 *
 * @param progress steps done of all, in [0, 1]
 */
export function nextTaid(state: TaidState, loss: number, progress: number, settings: TaidSettings): TaidState {
  if (state.previousLoss === null) return { ...state, previousLoss: loss }
  const change = (state.previousLoss - loss) / (state.previousLoss + 1e-15)
  const momentum = settings.momentum * state.momentum + (1 - settings.momentum) * change
  const gain = (settings.rate / (1 + Math.exp(-momentum))) * (1 - state.t)
  const line = settings.start + (settings.end - settings.start) * progress
  return { t: Math.min(settings.end, Math.max(line, state.t + gain)), momentum, previousLoss: loss }
}
