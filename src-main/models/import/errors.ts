import { type AppError, appError } from '../../contract/index.ts'

export function damaged(what: string, detail: string): AppError {
  return appError('CHECKPOINT_DAMAGED', `${what} is damaged or incomplete.`, 'Download or copy the checkpoint again.', {
    detail,
  })
}

export function unsupported(message: string, detail?: string): AppError {
  return appError(
    'MODEL_UNSUPPORTED',
    message,
    'Look for a GGUF file of this model, or choose another one.',
    detail === undefined ? {} : { detail },
  )
}
