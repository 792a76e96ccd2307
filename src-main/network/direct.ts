import { Agent, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Large bodies without garbage: Node's HTTP client makes two buffers for every 64 kB that it receives, and collecting those
 * costs more than the network and the disk together. The agent of this file lets a socket receive into a few buffers that
 * are used again (`onread`, Node's documentation of `net.Socket`): the head of a response goes to the HTTP client as
 * always; the body goes past it once {@link receiveBody} asks for it. Not for encrypted connections: they hand out small
 * pieces, and go on doing so when they are told to wait.
 */

/** Filled one after the other: while some are written, the next receives. */
const BUFFERS = 3
const BUFFER_BYTES = 2 ** 18
/** Held in memory while the disk is slower than an encrypted connection. */
const WAITING_BYTES = 2 ** 17

/** Takes over bytes of a buffer until it calls `done`. */
type Taker = (bytes: Buffer, done: () => void) => void

/** Where one socket receives. */
class Intake {
  /** Null: the HTTP client. */
  taker: Taker | null = null
  /** Whether the socket receives here at all: one to a proxy does not. */
  used = false
  readonly #buffers = Array.from({ length: BUFFERS }, () => ({
    bytes: Buffer.allocUnsafeSlow(BUFFER_BYTES),
    busy: false,
  }))
  #next = 0

  readonly onread = {
    buffer: () => this.#current().bytes,
    callback: (length: number): boolean => this.#receive(length),
  }
  /** Set as soon as it exists. */
  socket: Socket | null = null

  #current() {
    return this.#buffers[this.#next] as { bytes: Buffer; busy: boolean }
  }

  /** @returns whether there is room for more */
  #receive(length: number): boolean {
    this.used = true
    const buffer = this.#current()
    const bytes = buffer.bytes.subarray(0, length)
    if (!this.taker) return this.socket?.push(Buffer.from(bytes)) ?? false
    buffer.busy = true
    this.#next = (this.#next + 1) % BUFFERS
    this.taker(bytes, () => {
      buffer.busy = false
      if (buffer === this.#current()) this.socket?.resume()
    })
    return !this.#current().busy
  }
}

const intakes = new WeakMap<object, Intake>()

/** Connections of which {@link receiveBody} can take the bodies. */
export class DirectAgent extends Agent {
  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>) {
    const intake = new Intake()
    const socket = super.createConnection({ ...options, onread: intake.onread } as typeof options, callback)
    if (socket) {
      intake.socket = socket as Socket
      intakes.set(socket, intake)
    }
    return socket
  }
}

/** Bytes of the body that are to come past the HTTP client; null: it has to read them. */
function direct(response: IncomingMessage): { intake: Intake; bytes: number } | null {
  const { socket, headers } = response
  const intake = intakes.get(socket)
  const bytes = Number(headers['content-length'] ?? Number.NaN)
  const plain = headers['transfer-encoding'] === undefined && Number.isSafeInteger(bytes)
  return intake?.used && plain && !response.complete && socket.readableLength === 0 ? { intake, bytes } : null
}

/** All that came during one write is written in the next. */
async function receiveStream(response: IncomingMessage, write: (bytes: Buffer) => Promise<void>): Promise<void> {
  let writing = Promise.resolve()
  const put = (bytes: Buffer, done: (error?: Error) => void): void => {
    writing = write(bytes)
    writing.then(() => done(), done)
  }
  const target = new Writable({
    highWaterMark: WAITING_BYTES,
    write: (bytes: Buffer, _, done) => put(bytes, done),
    writev: (pieces, done) => put(Buffer.concat(pieces.map(({ chunk }) => chunk)), done),
  })
  try {
    await pipeline(response, target)
  } finally {
    await writing.catch(() => {})
  }
}

/**
 * Reads the body of a response to its end, one piece after the other.
 *
 * @param write what is done with a piece; its bytes are valid until the promise resolves
 * @throws what `write` throws; what the connection failed with. No piece is being written any more then.
 */
export async function receiveBody(response: IncomingMessage, write: (bytes: Buffer) => Promise<void>): Promise<void> {
  const found = direct(response)
  if (!found) return receiveStream(response, write)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let missing = found.bytes
  let writing = Promise.resolve()
  const take: Taker = (bytes, done) => {
    missing -= bytes.length
    writing = writing.then(() => write(bytes))
    writing.then(done, reject)
    if (missing <= 0) writing.then(resolve, reject)
  }
  const broken = (error: Error): void => void writing.then(() => reject(error), reject)
  response.on('error', broken).on('close', () => broken(new Error('the connection was closed')))
  found.intake.taker = take
  // What came together with the head was read by the HTTP client.
  const early = response.read() as Buffer | null
  if (early) take(early, () => {})
  try {
    await promise
  } finally {
    response.destroy()
  }
}
