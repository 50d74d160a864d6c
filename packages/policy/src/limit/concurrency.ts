import type { Criticality, Instant } from '../types.ts'
import { AimdLimit, type AimdOptions } from './aimd.ts'
import type { SlotUse } from '../global/recent-need.ts'
import { type Turned, WaitingLine } from './waiting-line.ts'

/** As plain data. */
export interface ConcurrencySnapshot {
  readonly limit: number
  readonly inFlight: number
  readonly waiting: number
}

/** The limit moved by a tenth or more since it was last told. */
export interface ConcurrencyEvent extends ConcurrencySnapshot {
  readonly type: 'concurrency'
}

/** What became of a call that held a slot. `nothing`: it says nothing about room. */
export type SlotOutcome = 'good' | 'lost' | 'nothing'

const TELL_FROM = 0.1

/**
 * Slots under a limit that is found by losses or given from outside, and a line for them. `T` is whoever waits. It calls nobody back: whoever
 * gives a slot back asks `next` who may go.
 */
export class Concurrency<T> {
  readonly #limit: AimdLimit
  readonly #line: WaitingLine<T> = new WaitingLine<T>()
  readonly #notify: ((event: ConcurrencyEvent) => void) | undefined
  #inFlight = 0
  #peak = 0
  #entered = 0
  /** Handed in from outside; undefined while the limit is found by losses. */
  #given: number | undefined = undefined
  #told: number

  constructor(options: AimdOptions & { readonly notify?: (event: ConcurrencyEvent) => void } = {}) {
    this.#limit = new AimdLimit(options)
    this.#notify = options.notify
    this.#told = this.#limit.limit
  }

  configure(options: AimdOptions): void {
    this.#limit.configure(options)
  }

  /**
   * From now on there are so many slots, a whole number, 0 included, whatever losses say; where there is less than is in
   * flight, nobody enters until enough have left. Whoever raises it asks `next` who may go.
   */
  give(limit: number): void {
    this.#given = limit
  }

  /** Takes a slot, if there is one and nobody waits for it. */
  enter(): boolean {
    if (this.#inFlight >= this.limit || this.#line.size > 0) return false
    this.#take()
    return true
  }

  /** Takes a slot that there is not: for calls that the mode lets pass, which are load all the same. */
  enterAnyway(): void {
    this.#take()
  }

  join(item: T, criticality: Criticality, most: number): Turned<T> {
    const turned = this.#line.join(item, criticality, most)
    this.#peak = Math.max(this.#peak, this.#inFlight + this.#line.size)
    return turned
  }

  /** Gives up a place in the line. */
  quit(item: T): void {
    this.#line.leave(item)
  }

  get limit(): number {
    return this.#given ?? this.#limit.limit
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get waiting(): number {
    return this.#line.size
  }

  /** How the slots were used since this was asked last. */
  takeUse(): SlotUse {
    const use = { peak: this.#peak, entered: this.#entered }
    this.#peak = this.#inFlight + this.#line.size
    this.#entered = 0
    return use
  }

  /**
   * Gives a slot back; once for each that was taken. `entered`: how many were in flight when it was. Of a burst that is
   * answered at once the first entered an empty callee and the last left one: the fuller of the two is what was tried.
   */
  leave(outcome: SlotOutcome, start: Instant, now: Instant, entered = 0): void {
    if (this.#given !== undefined) {
      this.#inFlight -= 1
      return
    }
    if (outcome === 'good') this.#limit.succeeded(start, now, Math.max(entered, this.#inFlight))
    else if (outcome === 'lost') this.#limit.lost(start, now)
    this.#inFlight -= 1
    this.#tell()
  }

  /** Whoever is first in the line, with a slot taken for it; undefined while there is none. */
  next(): T | undefined {
    if (this.#line.size === 0 || this.#inFlight >= this.limit) return undefined
    const next = this.#line.next()
    this.#take()
    return next
  }

  inspect(): ConcurrencySnapshot {
    return { limit: this.limit, inFlight: this.#inFlight, waiting: this.#line.size }
  }

  #take(): void {
    this.#inFlight += 1
    this.#entered += 1
    const now = this.#inFlight + this.#line.size
    if (now > this.#peak) this.#peak = now
  }

  #tell(): void {
    const { limit } = this.#limit
    if (limit === this.#told || Math.abs(limit - this.#told) < TELL_FROM * this.#told) return
    this.#told = limit
    this.#notify?.({ type: 'concurrency', ...this.inspect() })
  }
}
