import { CRITICALITIES } from '../deadline/criticality.ts'
import type { Instant } from '../types.ts'

/** Somebody in the line. The links are the line's. */
export class Waiter<T> {
  readonly item: T
  /** Place of its criticality, most critical first. */
  readonly rank: number
  readonly arrived: Instant
  readonly deadline: Instant
  newer: Waiter<T> | undefined = undefined
  older: Waiter<T> | undefined = undefined

  constructor(item: T, rank: number, arrived: Instant, deadline: Instant) {
    this.item = item
    this.rank = rank
    this.arrived = arrived
    this.deadline = deadline
  }
}

/**
 * Who waits, by criticality and by when they came. Every move is O(1): two ends for each class, and a map for those who
 * hang up. Whose turn it is and who must go is decided elsewhere.
 */
export class Line<T> {
  readonly #oldest: (Waiter<T> | undefined)[] = CRITICALITIES.map(() => undefined)
  readonly #newest: (Waiter<T> | undefined)[] = CRITICALITIES.map(() => undefined)
  readonly #byItem = new Map<T, Waiter<T>>()
  /** No deadline in the line is earlier; it may be that of one who has left. */
  #nextDeadline: Instant = Infinity

  get size(): number {
    return this.#byItem.size
  }

  get nextDeadline(): Instant {
    return this.#nextDeadline
  }

  oldest(rank: number): Waiter<T> | undefined {
    return this.#oldest[rank]
  }

  newest(rank: number): Waiter<T> | undefined {
    return this.#newest[rank]
  }

  of(item: T): Waiter<T> | undefined {
    return this.#byItem.get(item)
  }

  push(waiter: Waiter<T>): void {
    const { rank, deadline } = waiter
    const before = this.#newest[rank]
    waiter.older = before
    if (before === undefined) this.#oldest[rank] = waiter
    else before.newer = waiter
    this.#newest[rank] = waiter
    this.#byItem.set(waiter.item, waiter)
    if (deadline < this.#nextDeadline) this.#nextDeadline = deadline
  }

  remove(waiter: Waiter<T>): void {
    const { rank, older, newer } = waiter
    if (older === undefined) this.#oldest[rank] = newer
    else older.newer = newer
    if (newer === undefined) this.#newest[rank] = older
    else newer.older = older
    waiter.older = undefined
    waiter.newer = undefined
    this.#byItem.delete(waiter.item)
    if (this.#byItem.size === 0) this.#nextDeadline = Infinity
  }

  /** Those whose deadline has passed. A walk through the whole line, which is bounded, and only when a deadline is due. */
  pastDeadline(now: Instant, tell: (waiter: Waiter<T>) => void): void {
    if (now < this.#nextDeadline) return
    let next = Infinity
    for (const waiter of this.#byItem.values()) {
      if (waiter.deadline <= now) tell(waiter)
      else if (waiter.deadline < next) next = waiter.deadline
    }
    this.#nextDeadline = next
  }
}
