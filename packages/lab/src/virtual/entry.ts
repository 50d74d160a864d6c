import type { Instant } from '@inmesh/policy'

/** Where an entry is: in no list, in the heap of what is due next (and all below: its index there), or in a bucket. */
export const IDLE = -1
export const HEAP = -2

/**
 * Something that happens at an instant. What the engine moves about (tries, timers, arrivals) extends it, so that waiting
 * allocates nothing: the links are the list.
 */
export abstract class Entry {
  /** @internal */
  at: Instant = 0
  /** @internal Of two at one instant the one entered first goes first. */
  order = 0
  /** @internal */
  place: number = IDLE
  /** @internal */
  next: Entry | undefined = undefined
  /** @internal */
  previous: Entry | undefined = undefined

  abstract fire(): void

  get waiting(): boolean {
    return this.place !== IDLE
  }
}
