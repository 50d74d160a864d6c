import type { Duration, Mode, SharingOptions } from '@inmesh/pipeline'
import type { RequestFacts } from '../inbound-call.ts'

/** By what requests are told apart. */
export type LimitKey = 'caller' | 'tenant' | 'route' | ((request: RequestFacts) => string | undefined)

/**
 * So many requests in a time, for all or for each key; in this process, or with `scope: 'global'` in all that have a server
 * of this name, a rule of this name and the same engine, which is the mesh's.
 */
export interface LimitRule extends SharingOptions {
  /** Requests admitted in each `per`, in the long run exactly. */
  readonly rate: number
  /** Default `1s`. */
  readonly per?: Duration
  /** Requests admitted at once after a pause. Default a tenth of `rate`, at least 1. */
  readonly burst?: number
  /**
   * `caller`: by certificate, trusted header, or address; who has none of them, as over a Unix socket, is not limited. `tenant`: by
   * `tenantHeader`; who leaves it out is not limited, so add a rule without a key. `route`: by the route, where it is known
   * before the handler, else the method. A function: by what it answers; `undefined` is not limited. Default: one limit
   * for all requests.
   */
  readonly key?: LimitKey
  /** Keys kept; the least recently used make room, without starting afresh. Default 10 000. */
  readonly maxKeys?: number
  /**
   * What `RateLimit`, events, `inspect()` and, with `scope: 'global'`, the engine call it. Default the key, `custom` for a
   * function, `all` without one. Two rules of one server with `scope: 'global'` have two names.
   */
  readonly name?: string
  /**
   * When replies carry `RateLimit`: `refused` only those that are refused; `always` all, so that callers slow down before.
   * Default `refused`: formatting it for each reply costs more than the limit itself.
   */
  readonly tell?: 'refused' | 'always'
  /** Default `on`. A request that is only observed takes its turn too. */
  readonly mode?: Mode
}

export function ruleName({ name, key }: Pick<LimitRule, 'name' | 'key'>): string {
  return name ?? (typeof key === 'function' ? 'custom' : (key ?? 'all'))
}
