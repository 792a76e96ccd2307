import { createHash, timingSafeEqual } from 'node:crypto'

/** The facts of a request that decide whether it may pass. */
export interface RequestFacts {
  host: string | undefined
  origin: string | undefined
  cookie: string | undefined
}

/** Says who may talk to the loopback host. See docs/security.md for what each check keeps out. */
export interface Guard {
  /** Whether the request was sent to us by our own name: a page that rebinds its DNS name to 127.0.0.1 was not. */
  isOurHost(facts: RequestFacts): boolean
  /** Whether the request carries the cookie of this launch. */
  hasSession(facts: RequestFacts): boolean
  /** Whether our own page opened the connection. Browsers always send an Origin with a WebSocket. */
  isOurPage(facts: RequestFacts): boolean
  /** Whether `token` is the one of this launch. */
  isToken(token: string): boolean
  /** The value of `Set-Cookie` that opens the session. */
  readonly sessionCookie: string
}

/** Makes the guard of one launch. `port` is part of the cookie's name: cookies do not know about ports. */
export function makeGuard(port: number, token: string): Guard {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  const name = `lagotto-${port}`
  return {
    isOurHost: ({ host }) => host !== undefined && hosts.includes(host),
    hasSession: ({ cookie }) => cookieValues(cookie, name).some((value) => equal(value, token)),
    isOurPage: ({ host, origin }) => host !== undefined && origin === `http://${host}`,
    isToken: (candidate) => equal(candidate, token),
    sessionCookie: `${name}=${token}; HttpOnly; SameSite=Strict; Path=/`,
  }
}

function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}

/** Takes the same time wherever the two differ. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
