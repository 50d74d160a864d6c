import type { Clock, LoadReports } from '@inmesh/pipeline'
import type { IncomingHttpHeaders } from 'node:http'
import type { Classify } from './classify.ts'
import type { Wire } from './http-target.ts'
import type { Losers } from './losers.ts'

/** A user's verdict on a reply that is over; feeds balancing and ejection, never a retry. */
export interface ClassifyEnd {
  /** How much of the body is kept for it, in bytes as they come and in bytes as they read; 0: none. */
  readonly maxBytes: number
  readonly classify: (end: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly trailers: IncomingHttpHeaders; readonly body: Buffer }) => string | undefined
}

/** How tries of one service go over the wire. */
export interface SendEnv {
  readonly clock: Clock
  readonly wallNow: () => number
  readonly losers: Losers
  /** Between two pieces of a body, in ms; undefined leaves it to undici. */
  readonly idle: number | undefined
  readonly classify: Classify | undefined
  readonly classifyEnd: ClassifyEnd | undefined
  /** Tells of a user's function that threw. */
  readonly faulty: (what: string, error: unknown) => void
  /** `Host` of a request that names no origin, and whether those that do keep theirs; undefined: each endpoint's own. */
  readonly host: string | undefined
  readonly servername: string | undefined
  /** Hears what replies say of their server's load; undefined where nobody balances by it. */
  readonly reports: LoadReports | undefined
  /** Where a try without an endpoint goes; only where nothing balances. */
  readonly direct: Wire | undefined
}
