import { createHash } from 'node:crypto'
import {
  appError,
  type ErrorValue,
  isThisComputer,
  type RemoteModel,
  type RunConfig,
  type RunModel,
  remoteReference,
  toErrorValue,
} from '../../contract/index.ts'
import { loadSpelling } from '../../inference/index.ts'
import { checkSpelling, type Server } from '../../remote/index.ts'
import { needsTeacherScores, recipe } from '../../training/index.ts'

/** A teacher on a server. */
export interface RemoteTeacher {
  server: Server
  facts: RemoteModel
}

/** The teacher as a run remembers it: the same name, server and model are the same teacher. */
export function remoteTeacherRecord({ facts }: RemoteTeacher, studentTokenizer: string): RunModel {
  const { name, url, model } = facts
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([url, model]))
    .digest('hex')
    .slice(0, 16)
  return { name, path: remoteReference(name), adapter: null, fingerprint, tokenizer: studentTokenizer }
}

/**
 * Why a model on a server cannot teach this student by this method; null: it can. A method that asks for probabilities needs
 * a server that tells them and spells as the student does; episodes alone can be learned from any model.
 */
export async function remoteTeacherError(
  { server, facts }: RemoteTeacher,
  config: RunConfig,
  studentPath: string,
): Promise<ErrorValue | null> {
  const phases = recipe(config)
  if (!phases.some(needsTeacherScores)) return null
  const { how, top } = facts.scores
  const distributions = phases.some((phase) => phase.kind === 'distillation' && needsTeacherScores(phase))
  if (how === 'none' || (distributions && top === 0)) {
    return appError(
      'REMOTE_UNSUPPORTED',
      `The server of “${facts.name}” does not tell how probable tokens are, which this method needs of its teacher.`,
      'Use SeqKD, which learns from the episodes alone, a server that tells them (vLLM), or a teacher on this computer.',
    ).value
  }
  const spelling = await loadSpelling(studentPath)
  try {
    await checkSpelling(server, facts, spelling.tokenizer)
    return null
  } catch (error) {
    return toErrorValue(error)
  } finally {
    await spelling.dispose()
  }
}

/** What a person should know before a teacher on a server is asked. */
export function remoteTeacherNotices({ facts }: RemoteTeacher, config: RunConfig, library: string): string[] {
  const { host } = new URL(facts.url)
  const scored = recipe(config).some(needsTeacherScores)
  const { top } = facts.scores
  const wanted = config.distillation.teacherTopK
  return [
    isThisComputer(facts.url)
      ? `The teacher runs in another program on this computer (${host}).`
      : `The training questions and the passages that are found for them in “${library}” are sent to ${host}${scored ? ', and so is what the student writes' : ''}.`,
    ...(scored && top > 0 && (wanted === null || top < wanted)
      ? [`The server tells the ${top} likeliest tokens at each place, and the distillation works with those.`]
      : []),
  ]
}
