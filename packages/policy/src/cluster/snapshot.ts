import type { Costs } from '../balance/costs.ts'
import type { Endpoint } from '../balance/endpoint.ts'
import type { EndpointPool } from '../balance/endpoint-pool.ts'
import type { EjectedWhy, TrialState } from '../eject/trial.ts'
import type { Instant, Millis } from '../types.ts'

/** Everything known about one endpoint, as plain data. Instants are on the caller's monotonic clock. */
export interface EndpointSnapshot {
  readonly key: string
  readonly weight: number
  /** Where it stands, if anybody said so. In the cost if it is not ours. */
  readonly zone?: string
  readonly priority: number
  /** Load: awaiting their head, plus bodies younger than a second. */
  readonly inFlight: number
  readonly awaiting: number
  readonly open: number
  /** 0 for never failed or forgotten; an endpoint that only fails moves to the severity of its code. */
  readonly severity: number
  /** In medians of its operations: 1 is ordinary. */
  readonly slow: number
  readonly cost: number
  /** The pool's median of the cost without severity: above three times that an endpoint is an outlier. */
  readonly medianCost: number
  readonly p50?: Millis
  readonly p90?: Millis
  readonly p99?: Millis
  /** `kept-off`: it asked to be left alone. `unreachable`: said from outside. */
  readonly state: TrialState | 'kept-off' | 'unreachable'
  /** Whether a pick may choose it now; true for an ejected one in panic. */
  readonly available: boolean
  readonly since?: Instant
  readonly until?: Instant
  readonly why?: EjectedWhy
  /** The share of its weight while it ramps up. */
  readonly share: number
  readonly ejections: number
  readonly consecutiveFailures: number
  /** In the ejection window; absent before its first failure. */
  readonly tries?: number
  readonly failures?: number
}

export function snapshot<T>(
  endpoint: Endpoint<T>, pool: EndpointPool<T>, costs: Costs<T>, available: boolean, now: Instant,
): EndpointSnapshot {
  return {
    key: endpoint.key,
    weight: endpoint.weight,
    ...(endpoint.zone === undefined ? {} : { zone: endpoint.zone }),
    priority: endpoint.priority,
    inFlight: endpoint.inFlight(now),
    awaiting: endpoint.awaiting,
    open: endpoint.open,
    severity: endpoint.severity?.read(now, costs.options.severityDecay) ?? 0,
    slow: costs.slow(endpoint, now),
    cost: costs.of(endpoint, now),
    medianCost: costs.median,
    available,
    ...latencyOf(endpoint, pool, now),
    ...standingOf(endpoint, costs.options.ramp, now),
  }
}

type Latency = Pick<EndpointSnapshot, 'p50' | 'p90' | 'p99'>

function latencyOf<T>(endpoint: Endpoint<T>, pool: EndpointPool<T>, now: Instant): Latency {
  const p50 = pool.latency(endpoint, 0.5, now)
  const p90 = pool.latency(endpoint, 0.9, now)
  const p99 = pool.latency(endpoint, 0.99, now)
  return p50 === undefined || p90 === undefined || p99 === undefined ? {} : { p50, p90, p99 }
}

type Standing = Pick<EndpointSnapshot,
  'state' | 'since' | 'until' | 'why' | 'share' | 'ejections' | 'consecutiveFailures' | 'tries' | 'failures'>

function standingOf<T>(endpoint: Endpoint<T>, ramp: Millis, now: Instant): Standing {
  const trial = endpoint.trial
  const unreachable = endpoint.unreachable ? 'unreachable' : undefined
  if (trial === undefined) return { state: unreachable ?? 'in', share: 1, ejections: 0, consecutiveFailures: 0 }
  const share = trial.share(now, ramp)
  const standing = trial.state === 'ramp' && share === 1 ? 'in' : trial.state
  const keptOff = !trial.isOut && trial.keptOffUntil > now
  const until = keptOff ? trial.keptOffUntil : trial.isOut ? trial.until : undefined
  return {
    state: unreachable ?? (keptOff ? 'kept-off' : standing),
    since: trial.since,
    ...(until === undefined ? {} : { until }),
    ...(trial.why === undefined ? {} : { why: trial.why }),
    share,
    ejections: trial.ejections,
    consecutiveFailures: trial.consecutive,
    tries: trial.window.tries(now),
    failures: trial.window.failures(now),
  }
}
