/** What a request asks for, below what the handler is mounted at. */
export interface Asked {
  /** Begins with a slash; without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** What stands before it in links; `''` at the root. */
  readonly base: string
}

/** As much of a request as tells where it goes: `originalUrl` is what routers leave when they take off what they are mounted at. */
export interface Located {
  readonly url?: string | undefined
  readonly originalUrl?: unknown
}

/** Undefined: it goes somewhere else. `mountedAt` is as the option has it; it counts where no router has taken it off. */
export function askedBy({ url = '/', originalUrl }: Located, mountedAt: string): Asked | undefined {
  const [path, query] = split(url)
  const whole = typeof originalUrl === 'string' ? split(originalUrl)[0] : path
  if (whole !== path) return { path, query: new URLSearchParams(query), base: baseOf(whole, path) }
  const isBelow = path === mountedAt || path.startsWith(`${mountedAt}/`)
  if (!isBelow) return undefined
  return { path: path.slice(mountedAt.length) || '/', query: new URLSearchParams(query), base: mountedAt }
}

/** Clients of a proxy name the host as well (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i

function split(whole: string): readonly [path: string, query: string] {
  const url = whole.replace(ORIGIN, '')
  const at = url.indexOf('?')
  const path = at === -1 ? url : url.slice(0, at)
  return [path.startsWith('/') ? path : `/${path}`, at === -1 ? '' : url.slice(at + 1)]
}

/** Two slashes at its begin, of either kind, would name another host. */
function baseOf(whole: string, path: string): string {
  const base = whole.endsWith(path) ? whole.slice(0, -path.length) : whole
  return base.replace(/^[/\\]+/, '/').replace(/\/+$/, '')
}
