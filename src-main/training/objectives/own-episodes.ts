/**
 * When distillation learns from the student's own episodes. GKD (Agarwal et al. 2024) plays new ones for a fixed share of its
 * batches. DistiLLM (Ko et al. 2024) raises the share while the validation loss rises, plays new ones less and less often,
 * and else takes old ones from a buffer.
 */
export type BatchSource = 'teacher' | 'play' | 'replay'

/** GKD: @param draw uniform in [0, 1) */
export const mixedSource = (draw: number, ownShare: number): BatchSource => (draw < ownShare ? 'play' : 'teacher')

/** DistiLLM's adaptive share of the student's own episodes. */
export interface AdaptiveShare {
  share: number
  previousLoss: number | null
}

export const initialShare: AdaptiveShare = { share: 0, previousLoss: null }

/** After a validation: the share grows by `step` when the validation loss rose. */
export function nextShare(state: AdaptiveShare, validationLoss: number, step: number): AdaptiveShare {
  const { share, previousLoss } = state
  const rose = previousLoss !== null && validationLoss > previousLoss
  return { share: rose ? Math.min(1, share + step) : share, previousLoss: validationLoss }
}

/**
 * DistiLLM: new episodes until the buffer is full, and with a chance that falls over the training; else old ones.
 *
 * @param draw uniform in [0, 1)
 * @param progress steps done of all, in [0, 1]
 */
export function adaptiveSource(
  draw: number,
  { share, progress, buffer }: { share: number; progress: number; buffer: { size: number; capacity: number } },
): BatchSource {
  if (draw >= share) return 'teacher'
  return draw < share * (1 - progress) || buffer.size < buffer.capacity ? 'play' : 'replay'
}

/** The newest things, up to a number of them. */
export function pushReplay<T>(buffer: readonly T[], items: readonly T[], capacity: number): T[] {
  return [...buffer, ...items].slice(-capacity)
}
