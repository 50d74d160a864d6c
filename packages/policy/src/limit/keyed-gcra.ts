import type { Instant, Millis } from '../types.ts'
import { burstOf, type GcraOptions, intervalOf, roomFor, waitFor } from './gcra.ts'
import { Ghosts } from './ghosts.ts'

export interface KeyedGcraOptions extends GcraOptions {
  /** How many keys are kept, ≥ 1. Default 10 000, about a megabyte. More live keys than that make new ones start as if used. */
  readonly maxKeys?: number
}

/** How many of the least recently used are looked at for one that can be forgotten at no cost. */
const LOOK = 8

interface Entry {
  tat: Instant
  last: Instant
}

/**
 * One `Gcra` per key of a call, such as a tenant; the least recently used are forgotten. A key whose TAT has passed is as
 * good as new, so forgetting it changes nothing. Where all looked at are live, the oldest goes and its TAT stays behind as a
 * ghost, from which a new key of the same hash starts. So a key that was forgotten never gets more than its rate and burst.
 */
export class KeyedGcra {
  readonly #interval: Millis
  readonly #burst: number
  readonly #maxKeys: number
  readonly #entries: Map<string, Entry> = new Map()
  readonly #ghosts = new Ghosts()

  constructor(options: KeyedGcraOptions) {
    this.#interval = intervalOf(options)
    this.#burst = burstOf(options)
    this.#maxKeys = Math.max(1, Math.floor(options.maxKeys ?? 10_000))
  }

  /** Keys kept. */
  get size(): number {
    return this.#entries.size
  }

  /** As `Gcra.admit`. */
  admit(key: string, now: Instant, cost = 1): Millis {
    const wait = this.wait(key, now, cost)
    if (wait === 0) this.#take(key, now, 0, cost)
    return wait
  }

  /** As `Gcra.reserve`. */
  reserve(key: string, now: Instant, maxWait: Millis, cost = 1): Millis {
    const wait = this.wait(key, now, cost)
    if (wait === Infinity || wait > maxWait) return -1
    this.#take(key, now, wait, cost)
    return wait
  }

  /** As `Gcra.available`. */
  available(key: string, now: Instant): number {
    return roomFor(this.#entries.get(key)?.tat ?? this.#ghosts.of(key), now, this.#interval, this.#burst)
  }

  /** How long until `cost` would be admitted; nothing is taken. */
  wait(key: string, now: Instant, cost = 1): Millis {
    return waitFor(this.#entries.get(key)?.tat ?? this.#ghosts.of(key), now, cost, this.#interval, this.#burst)
  }

  /** As `Gcra.cancel`. */
  cancel(key: string, at: Instant, cost = 1): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.last !== at) return false
    entry.tat -= cost * this.#interval
    entry.last = -Infinity
    return true
  }

  #take(key: string, now: Instant, wait: Millis, cost: number): void {
    const entry = this.#touch(key, now)
    entry.tat = Math.max(entry.tat, now) + cost * this.#interval
    entry.last = now + wait
  }

  /** A map keeps the order in which keys were set: set again, a key is the most recent. */
  #touch(key: string, now: Instant): Entry {
    let entry = this.#entries.get(key)
    if (entry !== undefined) this.#entries.delete(key)
    else {
      entry = { tat: this.#ghosts.of(key), last: -Infinity }
      if (this.#entries.size >= this.#maxKeys) this.#evict(now)
    }
    this.#entries.set(key, entry)
    return entry
  }

  #evict(now: Instant): void {
    let oldest: string | undefined
    let looked = 0
    for (const [key, entry] of this.#entries) {
      if (entry.tat <= now) return void this.#entries.delete(key)
      oldest ??= key
      if (++looked === LOOK) break
    }
    if (oldest === undefined) return
    this.#ghosts.bury(oldest, this.#entries.get(oldest)!.tat)
    this.#entries.delete(oldest)
  }
}
