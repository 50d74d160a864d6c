import type { Endpoint } from '../balance/endpoint.ts'
import type { PickRequest } from '../balance/pick-request.ts'
import type { Instant, Millis } from '../types.ts'
import type { Trial } from './trial.ts'

/** Who is out (ejected, waiting for a probe, being probed, kept off), and when the next of them changes. No timers: it is asked. */
export class Outs<T> {
  readonly #endpoints = new Set<Endpoint<T>>()
  /** Those whose time is over, until a call that may be their probe comes by. */
  readonly #due = new Set<Endpoint<T>>()
  #nextAt: Instant = Infinity
  /** Whether somebody came or went since it was last set to false. */
  changed = false

  get endpoints(): ReadonlySet<Endpoint<T>> {
    return this.#endpoints
  }

  add(endpoint: Endpoint<T>, until: Instant): void {
    this.#endpoints.add(endpoint)
    this.wakeAt(until)
    this.changed = true
  }

  release(endpoint: Endpoint<T>): void {
    this.#endpoints.delete(endpoint)
    this.#due.delete(endpoint)
    this.changed = true
  }

  wakeAt(instant: Instant): void {
    this.#nextAt = Math.min(this.#nextAt, instant)
  }

  /** Moves those on whose time is over. One comparison when there are none. */
  advance(now: Instant): void {
    if (now >= this.#nextAt) this.#advance(now)
  }

  #advance(now: Instant): void {
    this.#nextAt = Infinity
    for (const endpoint of this.#endpoints) this.#advanceOne(endpoint, endpoint.trial!, now)
  }

  /** The endpoint that this try should probe: one that may run concurrently at once, any other after `grace`. */
  due(request: PickRequest<T>, grace: Millis, now: Instant): Endpoint<T> | undefined {
    return this.#due.size === 0 || request.mustDiffer ? undefined : this.#firstDue(request, grace, now)
  }

  #firstDue(request: PickRequest<T>, grace: Millis, now: Instant): Endpoint<T> | undefined {
    for (const endpoint of this.#due) {
      if (request.visited.has(endpoint)) continue
      if (request.mayExplore || now >= endpoint.trial!.until + grace) return endpoint
    }
    return undefined
  }

  probing(endpoint: Endpoint<T>): void {
    this.#due.delete(endpoint)
  }

  /** Nobody probes an endpoint that cannot be reached. */
  reachable(endpoint: Endpoint<T>): void {
    if (endpoint.unreachable) this.#due.delete(endpoint)
    else if (endpoint.trial?.state === 'due') this.#due.add(endpoint)
    this.changed = true
  }

  #advanceOne(endpoint: Endpoint<T>, trial: Trial, now: Instant): void {
    if (trial.isOut) {
      if (trial.state !== 'ejected') return
      if (trial.until > now) return this.wakeAt(trial.until)
      trial.state = 'due'
      if (!endpoint.unreachable) this.#due.add(endpoint)
    } else if (trial.keptOffUntil > now) this.wakeAt(trial.keptOffUntil)
    else this.release(endpoint)
  }
}
