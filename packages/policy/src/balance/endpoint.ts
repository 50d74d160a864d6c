import type { Trial } from '../eject/trial.ts'
import { AGES_WIDTH } from '../estimate/ages.ts'
import { forgetPeak, PEAK_WIDTH } from '../estimate/peak-ewma.ts'
import type { Severity } from '../reweight/severity.ts'
import type { Instant } from '../types.ts'
import { type BodyHolder, youngBodies } from './bodies.ts'
import type { QueueHolder, ReportedQueue } from './reported-queues.ts'
import { Slab } from './slab.ts'

// The row of an endpoint in its slab.
export const PEAK = 0
export const AGES: number = PEAK + PEAK_WIDTH
/** One over the weight: a division less in every cost. */
export const PER_WEIGHT: number = AGES + AGES_WIDTH
export const PICKED_AT: number = PER_WEIGHT + 1
export const HEAD_AT: number = PER_WEIGHT + 2
/** The weight itself, which no cost reads. */
const WEIGHT: number = PER_WEIGHT + 3
export const ROW = 8

/** A weight of 0 would make every cost infinite and every comparison a tie: it means "as good as never" instead. */
export const LEAST_WEIGHT = 1e-6

/**
 * One address of a service and all that was learnt about it. It outlives policies and short absences from the
 * membership. There may be ten thousand, so what most never need (percentiles, severity, ejection) is allocated when first
 * used, and numbers sit together in a slab.
 */
export class Endpoint<T> implements BodyHolder, QueueHolder {
  // In the order of their use by a pick: these share a line of the cache.
  /** @internal */
  slab: Slab
  /** @internal Its row in the slab. */
  at: number
  /** Tries that await their head. */
  awaiting = 0
  /** @internal Of its bodies, see there. */
  slot = -1
  /** @internal */
  young = 0
  /** @internal */
  lessYoung = 0
  /** @internal Absent until it first did something punishable. */
  severity: Severity | undefined = undefined
  /** @internal Absent until it first failed. */
  trial: Trial | undefined = undefined
  /** @internal Absent until it first said what it has in flight. */
  reported: ReportedQueue | undefined = undefined
  /** Bodies older than a second, event streams, sockets when last looked at: a gauge, no load. */
  open = 0
  /** @internal Its row in the pool's percentiles, taken when it first succeeded. */
  latencyRow = -1
  /** @internal Completed tries while `trial` is absent, in this and the previous window. */
  epoch = -1
  /** @internal */
  completed = 0
  /** @internal */
  completedBefore = 0

  /** Its address: what tells it from the others, also after it was away. */
  readonly key: string
  /** Whatever the adapter needs to reach it. */
  target: T
  /** Part of the membership now. */
  member = true
  /** Health-failed: set from outside, not a verdict of ours and so not capped. */
  unreachable = false
  /** Where it stands, if anybody said so. */
  zone: string | undefined = undefined
  /** Those of the lowest number are used while enough of them are in. */
  priority = 0

  constructor(key: string, target: T, weight: number, now: Instant, slab: Slab = new Slab(ROW, 1)) {
    this.slab = slab
    this.at = slab.take()
    this.key = key
    this.target = target
    this.weight = weight
    this.forgetPeak()
    this.#set(PICKED_AT, now)
    // Nobody has waited for a word from it yet, so it is not silent.
    this.#set(HEAD_AT, now)
  }

  get weight(): number {
    return this.slab.numbers[this.at + WEIGHT]!
  }

  set weight(weight: number) {
    this.price(weight, 1)
  }

  /** @internal As many times `dearer` as its weight says, until the weight is set again: costs a pick nothing. */
  price(weight: number, dearer: number): void {
    this.#set(WEIGHT, weight)
    this.#set(PER_WEIGHT, dearer / Math.max(LEAST_WEIGHT, weight))
  }

  /** The load that counts: tries awaiting their head, and bodies younger than a second. */
  inFlight(now: Instant): number {
    return this.young + this.lessYoung === 0 ? this.awaiting : this.awaiting + youngBodies(this, now)
  }

  /** @internal Its slowness is what is ordinary in the pool, as for a new one. */
  forgetPeak(): void {
    forgetPeak(this.slab.numbers, this.at + PEAK)
  }

  /** @internal Leaves the shared slab. Tries may still be under way, and must not write into a row that is another's by then. */
  detach(): void {
    const own = new Slab(ROW, 1)
    const at = own.take()
    own.numbers.set(this.slab.numbers.subarray(this.at, this.at + ROW), at)
    this.slab.give(this.at)
    this.slab = own
    this.at = at
  }

  #set(column: number, value: number): void {
    this.slab.numbers[this.at + column] = value
  }
}
