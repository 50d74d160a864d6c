import { ENDPOINT_BUCKETS, endpointBucket } from '../estimate/log-buckets.ts'
import { PercentileRows } from '../estimate/percentile-rows.ts'
import type { Instant, Millis } from '../types.ts'
import { Endpoint, ROW } from './endpoint.ts'
import { Slab } from './slab.ts'

export interface EndpointSpec<T> {
  readonly key: string
  /** Relative to the others; default 1. Below 0 or not a number counts as 1, 0 as "only if nothing else is there". */
  readonly weight?: number
  /** Where it stands; see `BalanceOptions.localZone`. Default: unknown. */
  readonly zone?: string | undefined
  /** Those of the lowest number are used while enough of them are in; whole, from 0. Default 0. */
  readonly priority?: number | undefined
  readonly target: T
}

export interface PoolChange<T> {
  readonly added: Endpoint<T>[]
  readonly removed: Endpoint<T>[]
}

/** An address that comes back within this time is still the endpoint it was: deployments and flapping DNS do that. */
const REMEMBERED_FOR: Millis = 600_000
const REMEMBERED_AT_MOST = 1_000

/** A latency row of an endpoint that may not take one any more: its last tries may still end. */
const FORGOTTEN = -2

/** Who belongs to a service now, and who did lately. */
export class EndpointPool<T> {
  /** @internal Told of each update when it is done. */
  onUpdate: ((change: PoolChange<T>, now: Instant) => void) | undefined = undefined
  #members: Endpoint<T>[] = []
  #version = 0
  readonly #slab = new Slab(ROW, 4)
  readonly #latencies = new PercentileRows({ buckets: ENDPOINT_BUCKETS, counter: 16 })
  readonly #byKey = new Map<string, Endpoint<T>>()
  /** In the order of their removal, so that the first is always the oldest. */
  readonly #gone = new Map<string, { readonly endpoint: Endpoint<T>; readonly at: Instant }>()

  /** Never changed in place: a new list for each change. */
  get members(): readonly Endpoint<T>[] {
    return this.#members
  }

  /** Counts changes, so that who derives something from the membership sees with one comparison that it is out of date. */
  get version(): number {
    return this.#version
  }

  get(key: string): Endpoint<T> | undefined {
    return this.#byKey.get(key)
  }

  /**
   * Replaces the membership. A kept endpoint gets what its mention says now; the state of a removed one is kept for ten
   * minutes (a thousand at most). A key that comes twice is one endpoint, and the last mention counts.
   */
  update(list: readonly EndpointSpec<T>[], now: Instant): PoolChange<T> {
    this.#forget(now)
    const specs = new Map<string, EndpointSpec<T>>()
    for (const spec of list) specs.set(spec.key, spec)
    const removed = this.#members.filter((member) => !specs.has(member.key))
    for (const endpoint of removed) this.#remove(endpoint, now)
    const added: Endpoint<T>[] = []
    this.#members = [...specs.values()].map((spec) => this.#keep(spec) ?? this.#add(spec, added, now))
    this.#forget(now)
    this.#version += 1
    const change = { added, removed }
    this.onUpdate?.(change, now)
    return change
  }

  /** @internal `bucket`: of an operation's percentiles. */
  recordLatency(endpoint: Endpoint<T>, bucket: number, now: Instant): void {
    if (endpoint.latencyRow < 0) {
      if (endpoint.latencyRow === FORGOTTEN) return
      endpoint.latencyRow = this.#latencies.take()
    }
    this.#latencies.insertAt(endpoint.latencyRow, endpointBucket(bucket), now)
  }

  /** Of its successes, dispatch to head, in the last half minute, at 4 %; `undefined` when there were none. */
  latency(endpoint: Endpoint<T>, q: number, now: Instant): Millis | undefined {
    return endpoint.latencyRow < 0 ? undefined : this.#latencies.quantile(endpoint.latencyRow, q, now)
  }

  #keep(spec: EndpointSpec<T>): Endpoint<T> | undefined {
    const endpoint = this.#byKey.get(spec.key)
    if (endpoint !== undefined) reconfigure(endpoint, spec)
    return endpoint
  }

  #add(spec: EndpointSpec<T>, added: Endpoint<T>[], now: Instant): Endpoint<T> {
    const endpoint = this.#gone.get(spec.key)?.endpoint ?? new Endpoint(spec.key, spec.target, 1, now, this.#slab)
    this.#gone.delete(spec.key)
    reconfigure(endpoint, spec)
    endpoint.member = true
    this.#byKey.set(spec.key, endpoint)
    added.push(endpoint)
    return endpoint
  }

  #remove(endpoint: Endpoint<T>, now: Instant): void {
    endpoint.member = false
    this.#byKey.delete(endpoint.key)
    this.#gone.set(endpoint.key, { endpoint, at: now })
  }

  #forget(now: Instant): void {
    for (const [key, { endpoint, at }] of this.#gone) {
      if (this.#gone.size <= REMEMBERED_AT_MOST && now - at < REMEMBERED_FOR) return
      this.#gone.delete(key)
      endpoint.detach()
      if (endpoint.latencyRow >= 0) this.#latencies.give(endpoint.latencyRow)
      endpoint.latencyRow = FORGOTTEN
    }
  }
}

function reconfigure<T>(endpoint: Endpoint<T>, { target, weight, zone, priority }: EndpointSpec<T>): void {
  endpoint.target = target
  endpoint.zone = zone
  endpoint.priority = priority !== undefined && priority >= 0 ? priority : 0
  endpoint.weight = weight !== undefined && weight >= 0 ? weight : 1
}
