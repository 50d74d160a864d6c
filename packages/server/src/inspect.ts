import type { AdmissionSnapshot, Millis } from '@inmesh/policy'
import type { Mode } from '@inmesh/pipeline'
import type { LoadSnapshot } from './load/index.ts'
import type { LimitSnapshot } from './limits/limiter.ts'

/** Since the server was made. */
export interface RequestCounts {
  /** Handlers that began, or whose turn it was: that a body came too late is known only after. */
  readonly began: number
  /** Replies that ended, whatever their status. */
  readonly ended: number
  /** Callers that hung up: before their request came here, while it waited, or while its handler ran. */
  readonly hungUp: number
  /** Handlers that were still at work when their time was up. */
  readonly overran: number
  /** Requests whose time was up before their handler began. */
  readonly dead: number
  /** Not taken, by policy. */
  readonly refused: { readonly limits: number; readonly admission: number; readonly drain: number }
  /** Cut off by a drain. */
  readonly cut: number
}

/** A server at this moment, as plain data that `JSON.stringify` takes. */
export interface ServerSnapshot {
  readonly name: string
  /** The mode in force: the strictest of the kill switch, the mesh's and its own. */
  readonly mode: Mode
  readonly state: 'serving' | 'draining' | 'closed'
  /** Requests whose handler has begun and whose reply has not ended, streams and health checks included. */
  readonly inFlight: number
  readonly waiting: number
  /** The age of the one that has been here the longest. */
  readonly oldest: Millis
  readonly requests: RequestCounts
  /** Values of headers that were not believed, by header. */
  readonly ignored: Readonly<Record<string, number>>
  /** Absent where there is no admission. */
  readonly admission?: AdmissionSnapshot
  /** Absent where replies do not tell it. */
  readonly load?: LoadSnapshot
  readonly limits: readonly LimitSnapshot[]
}
