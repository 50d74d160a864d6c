import type { Instant, Millis } from '../types.ts'
import { Endpoint } from './endpoint.ts'

export interface EndpointSpec<T> {
  readonly key: string
  /** Relative to the others; default 1. Below 0 or not a number counts as 1, 0 as "only if nothing else is there". */
  readonly weight?: number
  readonly target: T
}

export interface PoolChange<T> {
  readonly added: Endpoint<T>[]
  readonly removed: Endpoint<T>[]
}

/** An address that comes back within this time is still the endpoint it was: deployments and flapping DNS do that. */
const REMEMBERED_FOR: Millis = 600_000
const REMEMBERED_AT_MOST = 1_000

/** Who belongs to a service now, and who did lately. */
export class EndpointPool<T> {
  #members: Endpoint<T>[] = []
  #version = 0
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
   * Replaces the membership. A kept endpoint gets the new weight and target; the state of a removed one is kept for ten
   * minutes (a thousand at most). A key that comes twice is one endpoint, and the last mention counts.
   */
  update(list: readonly EndpointSpec<T>[], now: Instant): PoolChange<T> {
    const specs = new Map<string, EndpointSpec<T>>()
    for (const spec of list) specs.set(spec.key, spec)
    const removed = this.#members.filter((member) => !specs.has(member.key))
    for (const endpoint of removed) this.#remove(endpoint, now)
    const added: Endpoint<T>[] = []
    this.#members = [...specs.values()].map((spec) => this.#keep(spec) ?? this.#add(spec, added, now))
    this.#forget(now)
    this.#version += 1
    return { added, removed }
  }

  #keep(spec: EndpointSpec<T>): Endpoint<T> | undefined {
    const endpoint = this.#byKey.get(spec.key)
    endpoint?.reconfigure(spec.target, weightOf(spec))
    return endpoint
  }

  #add(spec: EndpointSpec<T>, added: Endpoint<T>[], now: Instant): Endpoint<T> {
    const remembered = this.#gone.get(spec.key)
    const known = remembered !== undefined && now - remembered.at < REMEMBERED_FOR ? remembered.endpoint : undefined
    const endpoint = known ?? new Endpoint(spec.key, spec.target, weightOf(spec), now)
    this.#gone.delete(spec.key)
    endpoint.reconfigure(spec.target, weightOf(spec))
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
    for (const [key, { at }] of this.#gone) {
      if (this.#gone.size <= REMEMBERED_AT_MOST && now - at < REMEMBERED_FOR) return
      this.#gone.delete(key)
    }
  }
}

function weightOf(spec: EndpointSpec<unknown>): number {
  return spec.weight !== undefined && spec.weight >= 0 ? spec.weight : 1
}
