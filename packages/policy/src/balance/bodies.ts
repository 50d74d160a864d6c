import type { Instant, Millis } from '../types.ts'

/** A reply whose body runs for longer is a stream, a long poll or a socket: it says nothing about load. */
export const YOUNG: Millis = 1_000

/** What a lease gives to be kept in a list without allocating one. */
export interface Body {
  headAt: Instant
  inYoung: boolean
  older: Body | undefined
  newer: Body | undefined
}

/**
 * Replies whose head came and whose tail has not, of one endpoint: the young ones in a list in the order of their heads,
 * the rest only counted. A young one is moved when somebody looks, once in its life: exact, and O(1) on average.
 */
export class Bodies {
  #oldest: Body | undefined
  #newest: Body | undefined
  #young = 0
  #old = 0

  /** Those that were older than a second when last looked at. */
  get open(): number {
    return this.#old
  }

  /** Those that are younger than a second now. */
  young(now: Instant): number {
    while (this.#oldest !== undefined && now - this.#oldest.headAt >= YOUNG) {
      this.#unlink(this.#oldest)
      this.#old += 1
    }
    return this.#young
  }

  add(body: Body, now: Instant): void {
    body.headAt = now
    body.inYoung = true
    body.older = this.#newest
    if (this.#newest === undefined) this.#oldest = body
    else this.#newest.newer = body
    this.#newest = body
    this.#young += 1
  }

  remove(body: Body): void {
    if (body.inYoung) this.#unlink(body)
    else this.#old -= 1
  }

  #unlink(body: Body): void {
    if (body.older === undefined) this.#oldest = body.newer
    else body.older.newer = body.newer
    if (body.newer === undefined) this.#newest = body.older
    else body.newer.older = body.older
    // A closed lease that somebody keeps must not keep its neighbours.
    body.older = undefined
    body.newer = undefined
    body.inYoung = false
    this.#young -= 1
  }
}
