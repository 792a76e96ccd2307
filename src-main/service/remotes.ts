import type { Generator } from '../agent/index.ts'
import {
  AppError,
  appError,
  type Change,
  isThisComputer,
  type Model,
  type RemoteModel,
  remoteName,
  remoteReference,
  type Settings,
} from '../contract/index.ts'
import type { Network } from '../network/index.ts'
import { listModels, probeModel, remoteGenerator, type Server } from '../remote/index.ts'
import {
  networkStore,
  openSecrets,
  type Secrets,
  type SettingsStore,
  type Store,
  settingsStore,
} from '../store/index.ts'
import { DEFAULT_CONTEXT } from './engine.ts'
import { recordedNetwork } from './requests.ts'

/** A server's address and the key that it wants. */
type Address = Pick<Server, 'url' | 'key'>

/** The address at which a server answered, and the models that it has. */
type Offered = Awaited<ReturnType<typeof listModels>>

/** Models on servers: none is there until the person adds one, and none is asked until it is chosen. */
export interface Remotes {
  list(): Model[]
  /** Asks a server what it has. @throws {AppError} REMOTE_*, ACCESS_DENIED, NOT_FOUND */
  offered(address: Address): Promise<Offered>
  /** Tries a model and adds it. @throws {AppError} as `offered`; INVALID_INPUT when the name is taken */
  connect(address: Address & Pick<RemoteModel, 'name' | 'model'>): Promise<Model>
  setPrompt(reference: string, prompt: RemoteModel['prompt']): Model
  remove(reference: string): void
  /** @throws {AppError} NOT_FOUND */
  find(reference: string): { server: Server; facts: RemoteModel }
  /** Plays episodes with the model. */
  open(reference: string, purpose?: string): Generator
}

export interface RemotesOptions {
  settings: SettingsStore
  secrets: Secrets
  /** How requests leave now. */
  network(): Network
  changed(change: Change): void
}

/** Episodes that one model on a server plays at the same time. */
const SLOTS = 8

const secretName = (name: string): string => `remote:${name}`

/** A model on a server, in the list of models. */
export function describeRemote(facts: RemoteModel): Model {
  const { name, url, model, prompt, contextLength, opening, scores } = facts
  const reference = remoteReference(name)
  const here = isThisComputer(url)
  const { host } = new URL(url)
  return {
    id: reference,
    name,
    path: reference,
    role: 'chat',
    architecture: 'unknown',
    parameters: 0,
    quantization: 'unknown',
    sizeBytes: 0,
    contextLength: contextLength ?? 0,
    prompt,
    writes: 'instructions',
    bundled: false,
    shared: false,
    remote: { host, here, model, speaks: opening ? 'text' : 'chat', scores },
    note: here
      ? `Runs in another program on this computer (${host}).`
      : `Your questions and the passages that are found are sent to ${host}.`,
    error: null,
  }
}

/** Creates the models on servers of a service. */
export function createRemotes({ settings, secrets, network, changed }: RemotesOptions): Remotes {
  const all = (): Settings['remotes'] => settings.get().remotes

  function keep(remotes: Settings['remotes']): void {
    settings.update({ remotes })
    changed({ topic: 'settings' })
    changed({ topic: 'models' })
  }

  const serverOf = ({ url, key }: Address): Server => ({ url, key, network: network() })

  function find(reference: string): { server: Server; facts: RemoteModel } {
    const facts = all().find(({ name }) => name === remoteName(reference))
    if (facts) return { server: serverOf({ url: facts.url, key: secrets.get(secretName(facts.name)) }), facts }
    const names = all().map(({ name }) => remoteReference(name))
    throw appError(
      'NOT_FOUND',
      `There is no model ${reference}.`,
      names.length > 0
        ? `Choose one of these: ${names.join(', ')}.`
        : 'Add it under Settings, or with `lagotto models connect`.',
    )
  }

  return {
    list: () => all().map(describeRemote),
    offered: (address) => listModels(serverOf(address)),
    async connect({ name, model, ...address }) {
      if (all().some((each) => each.name.toLowerCase() === name.toLowerCase()))
        throw appError('INVALID_INPUT', `There is a model “${name}” on a server already.`, 'Choose another name.')
      const { url, models } = await listModels(serverOf(address)).catch((error: unknown): Offered => {
        // Not every server lists its models.
        if (error instanceof AppError && error.code === 'NOT_FOUND') return { url: address.url, models: [] }
        throw error
      })
      if (models.length > 0 && !models.includes(model)) {
        throw appError(
          'NOT_FOUND',
          `${new URL(url).host} has no model ${model}.`,
          `Choose one of these: ${models.slice(0, 20).join(', ')}.`,
        )
      }
      const facts = { name, url, model, prompt: 'search-r1' as const }
      const found = { ...facts, ...(await probeModel(serverOf({ ...address, url }), model)) }
      secrets.set(secretName(name), address.key)
      keep([...all(), found])
      return describeRemote(found)
    },
    setPrompt(reference, prompt) {
      const { facts } = find(reference)
      const changedFacts = { ...facts, prompt }
      keep(all().map((each) => (each.name === facts.name ? changedFacts : each)))
      return describeRemote(changedFacts)
    },
    remove(reference) {
      const { facts } = find(reference)
      secrets.set(secretName(facts.name), null)
      keep(all().filter(({ name }) => name !== facts.name))
    },
    find,
    open(reference, purpose = 'Ask a model on a server') {
      const { server, facts } = find(reference)
      const contextLength = settings.get().contextLength ?? DEFAULT_CONTEXT
      return remoteGenerator({ server, facts, contextLength, slots: SLOTS, purpose })
    },
  }
}

/** The models on servers of a data folder, without a service. What a window sealed in its keychain cannot be opened here. */
export function openRemotes(store: Store, dataDir: string): Remotes {
  const settings = settingsStore(store)
  const changed = (): void => undefined
  return createRemotes({
    settings,
    secrets: openSecrets(dataDir, null),
    network: recordedNetwork(networkStore(store), settings.get, changed),
    changed,
  })
}
