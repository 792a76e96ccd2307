/** Entry of the process that trains one run: `node process.ts FOLDER`. It is started by `spawnTraining`, and by nobody else. */
import { appError, toErrorValue } from '../../contract/index.ts'
import { loadEmbedder, loadReranker, loadSpelling } from '../../inference/index.ts'
import { modelFingerprint } from '../../models/index.ts'
import { remoteGenerator, remoteScorer } from '../../remote/index.ts'
import { openPassageIndex } from '../../retrieval/index.ts'
import { openEngine, openRun, train } from '../../training/index.ts'
import { createPlayer, createRemotePlayer } from '../player.ts'
import { createReporter } from './reporter.ts'
import { writtenNetwork } from './requests.ts'
import { indexPath, readSetup } from './setup.ts'
import { TEACHER_KEY } from './spawn.ts'

/** Episodes that a teacher on a server plays at the same time. */
const REMOTE_SLOTS = 8

/** Trains until the run is finished, fails, or somebody asks for a pause or a stop. */
async function work(dir: string): Promise<void> {
  const reporter = await createReporter(dir)
  try {
    const run = await openRun(dir)
    const { setup, splits } = await readSetup(dir)
    const { student, teacher, environment, config } = run.manifest
    const { gpu, slots } = setup
    const engine = openEngine({ gpu: gpu === 'off' ? 'off' : 'auto' })
    const encoder = { gpu, threads: config.threads }
    const index = await openPassageIndex({
      dir: indexPath(dir),
      embedder: setup.embedder && (await loadEmbedder({ ...setup.embedder, ...encoder })),
      reranker: setup.reranker && (await loadReranker({ ...setup.reranker, ...encoder })),
    })
    const player = () =>
      createPlayer({
        engine,
        retriever: index,
        prompt: environment.prompt,
        limits: environment.limits,
        slots,
        gpu,
        threads: config.threads,
      })
    const remote = setup.remoteTeacher && {
      facts: setup.remoteTeacher.facts,
      server: {
        url: setup.remoteTeacher.facts.url,
        key: process.env[TEACHER_KEY] ?? null,
        network: writtenNetwork(dir, setup.remoteTeacher.proxy),
      },
    }
    const distantPlayer = async () =>
      remote &&
      createRemotePlayer({
        generator: remoteGenerator({
          ...remote,
          contextLength: environment.limits.episode,
          slots: REMOTE_SLOTS,
          purpose: 'Let a teacher answer training questions',
        }),
        spelling: await loadSpelling(student.path),
        retriever: index,
        limits: environment.limits,
        slots: REMOTE_SLOTS,
      })
    await train({
      run,
      engine,
      student: { model: student.path, adapter: student.adapter },
      teacher: teacher && { model: teacher.path, adapter: teacher.adapter },
      questions: splits,
      players: { student: player(), teacher: (await distantPlayer()) ?? (teacher && player()) },
      ...(remote ? { teacherScorer: remoteScorer(remote.server, remote.facts) } : {}),
      fingerprint: modelFingerprint,
      signal: reporter.signal,
      onEvent: reporter.hear,
    })
    await reporter.end('finished', null)
  } catch (error) {
    const request = reporter.signal.aborted ? reporter.request() : null
    if (request !== null) await reporter.end(request === 'pause' ? 'paused' : 'stopped', null)
    else await reporter.end('failed', toErrorValue(error))
  }
}

const [dir] = process.argv.slice(2)
if (dir === undefined)
  throw appError('INVALID_INPUT', 'The folder of the run is missing.', 'Start runs with `lagotto train`.')
await work(dir)
// llama.cpp's and LanceDB's threads may linger.
process.exit(0)
