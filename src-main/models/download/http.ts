import type { IncomingMessage } from 'node:http'
import { AppError, appError } from '../../contract/index.ts'
import { type OutgoingOptions, Passing, persist, type Retrying, retryAfter, sendRequest } from '../../network/index.ts'

/** What is asked for; the token is sent to the host of the address only: no redirect to another origin gets it. */
export type RequestOptions = Omit<OutgoingOptions, 'json'>

const REDIRECTS = [301, 302, 303, 307, 308]
const MAX_REDIRECTS = 8

export const stillThere = 'What was fetched is kept: the download goes on where it stopped.'

function offline(url: URL, cause: unknown): Passing {
  return new Passing(
    appError('DOWNLOAD_FAILED', `The connection to ${url.host} failed.`, 'Check the network and try again.', {
      stillWorks: stillThere,
      detail: `${url.href.split('?')[0]}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    }),
  )
}

async function once(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  try {
    return await sendRequest(url, options)
  } catch (error) {
    if (error instanceof AppError || options.signal?.aborted) throw error
    throw offline(url, error)
  }
}

function refused(url: URL, response: IncomingMessage, token: boolean): AppError | Passing {
  const status = response.statusCode ?? 0
  const extra = { stillWorks: stillThere, detail: `${status} from ${url.href.split('?')[0]}` }
  if (status === 401 || status === 403) {
    return appError(
      'ACCESS_DENIED',
      token
        ? `${url.host} does not let your access token have this model.`
        : `${url.host} gives this model only to people who are signed in.`,
      'Accept the conditions on the page of the model, then give Lagotto an access token of your account (Settings, or HF_TOKEN).',
      { detail: extra.detail },
    )
  }
  if (status === 404 || status === 410)
    return appError('NOT_FOUND', `${url.host} has no such model or file.`, 'Check the name.', { detail: extra.detail })
  const busy = appError(
    'DOWNLOAD_FAILED',
    status === 429
      ? `${url.host} refuses more requests for now.`
      : `${url.host} cannot answer at the moment (${status}).`,
    'Try again in a few minutes.',
    extra,
  )
  return status === 429 || status === 408 || status >= 500
    ? new Passing(busy, retryAfter(response.headers['retry-after']))
    : busy
}

/**
 * One GET that follows redirects. Resolves with a 2xx response whose body is not read yet.
 *
 * @throws {Passing} for failures that may pass
 * @throws {AppError} ACCESS_DENIED, NOT_FOUND, DOWNLOAD_FAILED; the signal's reason when aborted
 */
export async function get(address: string, options: RequestOptions): Promise<{ response: IncomingMessage; url: URL }> {
  let url = new URL(address)
  const home = url.origin
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const token = url.origin === home ? (options.token ?? null) : null
    const response = await once(url, { ...options, token })
    const status = response.statusCode ?? 0
    const target = response.headers.location
    if (REDIRECTS.includes(status) && target !== undefined) {
      response.resume()
      const next = URL.canParse(target, url) ? new URL(target, url) : null
      if (!next || (url.protocol === 'https:' && next.protocol !== 'https:'))
        throw appError('DOWNLOAD_FAILED', `${url.host} sent us to an unsafe address.`, 'Try another source.', {
          detail: target,
        })
      url = next
      continue
    }
    if (status >= 200 && status < 300) return { response, url }
    response.resume()
    throw refused(url, response, token !== null)
  }
  throw appError('DOWNLOAD_FAILED', `${url.host} redirects without end.`, 'Try another source.', { detail: address })
}

/** The error of a page where a file should be: what networks with a sign-in page answer to everything. */
export function pageInstead(url: URL): AppError {
  return appError(
    'DOWNLOAD_DAMAGED',
    `A web page came from ${url.host} where a model should be.`,
    'If this network asks you to sign in, open a web page in your browser first; else check the address.',
    { detail: url.href.split('?')[0] ?? '' },
  )
}

/** A small JSON answer; `link` is the header that leads to the next page of a list. */
export function getJson(
  address: string,
  options: RequestOptions & { retrying?: Retrying },
): Promise<{ value: unknown; link: string | null }> {
  return persist(async () => {
    const { response, url } = await get(address, options)
    const chunks: Buffer[] = []
    let bytes = 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > 64 * 2 ** 20)
          throw appError('DOWNLOAD_DAMAGED', `${url.host} sent far too much.`, 'Try again later.')
        chunks.push(chunk)
      }
    } catch (error) {
      throw options.signal?.aborted || bytes > 64 * 2 ** 20 ? error : offline(url, error)
    }
    const text = Buffer.concat(chunks).toString('utf8')
    try {
      return { value: JSON.parse(text), link: response.headers.link?.toString() ?? null }
    } catch {
      throw /^\s*</.test(text)
        ? pageInstead(url)
        : appError('DOWNLOAD_DAMAGED', `${url.host} sent an answer that cannot be read.`, 'Try again later.', {
            detail: text.slice(0, 200),
          })
    }
  }, options)
}

/** Wraps what a broken connection throws in the middle of a body. */
export function brokenOff(url: URL, cause: unknown): Passing {
  return offline(url, cause)
}
