import type { Instant, Millis } from '../types.ts'
import { burstOf, type GcraOptions, intervalOf, roomFor, waitFor } from './gcra.ts'

export interface KeyedGcraOptions extends GcraOptions {
  /** How many keys are kept, ≥ 1. Default 10 000, about a megabyte. More live keys than that make new ones start as if used. */
  readonly maxKeys?: number
}

const GHOSTS = 1024
/** How many of the least recently used are looked at for one that can be forgotten at no cost. */
const LOOK = 8

interface Entry {
  tat: Instant
  last: Instant
}

/**
 * One `Gcra` per key of a call, such as a tenant; the least recently used are forgotten. A key whose TAT has passed is as
 * good as new, so forgetting it changes nothing. Where all looked at are live, the oldest goes and its TAT stays behind in
 * one of 1 024 *ghosts*, by hash: a key that comes new starts from its ghost's TAT. So a key that was forgotten never gets
 * more than its rate and burst; what it costs is that a new key of the same hash may wait for what it never used. Without
 * it, whoever can invent keys can flush his own out and begin again.
 */
export class KeyedGcra {
  readonly #interval: Millis
  readonly #burst: number
  readonly #maxKeys: number
  readonly #entries: Map<string, Entry> = new Map()
  #ghosts: Float64Array | undefined

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
    return roomFor(this.#entries.get(key)?.tat ?? this.#ghost(key), now, this.#interval, this.#burst)
  }

  /** How long until `cost` would be admitted; nothing is taken. */
  wait(key: string, now: Instant, cost = 1): Millis {
    return waitFor(this.#entries.get(key)?.tat ?? this.#ghost(key), now, cost, this.#interval, this.#burst)
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
      entry = { tat: this.#ghost(key), last: -Infinity }
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
    if (oldest !== undefined) this.#bury(oldest)
  }

  #bury(key: string): void {
    this.#ghosts ??= new Float64Array(GHOSTS).fill(-Infinity)
    const slot = hash(key) % GHOSTS
    this.#ghosts[slot] = Math.max(this.#ghosts[slot]!, this.#entries.get(key)!.tat)
    this.#entries.delete(key)
  }

  #ghost(key: string): Instant {
    return this.#ghosts === undefined ? -Infinity : this.#ghosts[hash(key) % GHOSTS]!
  }
}

/** FNV-1a. */
function hash(key: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
  return h >>> 0
}
