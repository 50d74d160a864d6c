import { CRITICALITIES } from '../deadline/criticality.ts'
import type { Instant, Millis } from '../types.ts'
import { Standing } from './standing.ts'

/** A loop that is late for longer than that is not late by one computation. */
const INTERVAL: Millis = 100
/** A lateness that is nobody's in hand may vary by so much. */
const VARIES = 1.5
/** With the default of 100 ms: well before the 500 after which callers give up (DAGOR). */
const PATIENCE = 3
/** A report that is older says nothing any more. */
const STALE: Millis = 1_000

/**
 * The two queues of a process: its line, by criticality, since what is critical may fit while the rest does not; and the
 * one that it cannot see, in the sockets and the event loop, which shows as the loop's delay.
 */
export class Overload {
  #target: Millis
  /** How late the loop is for others' sake, with what it varies by. */
  #others: Millis = 0
  readonly #ranks: readonly Standing[] = CRITICALITIES.map(() => new Standing())
  #lateSince: Instant = Infinity
  #delay: Millis = 0
  #toldAt: Instant = -Infinity
  #cutAt: Instant = -Infinity

  constructor(target: Millis) {
    this.#target = target
  }

  configure(target: Millis): void {
    this.#target = target
  }

  arrived(rank: number): void {
    for (let each = rank; each < this.#ranks.length; each++) this.#ranks[each]!.arrived()
  }

  joined(rank: number, now: Instant): void {
    for (let each = rank; each < this.#ranks.length; each++) this.#ranks[each]!.joined(now)
  }

  left(rank: number): void {
    for (let each = rank; each < this.#ranks.length; each++) this.#ranks[each]!.left()
  }

  /** One found no place to wait in. */
  turnedAway(rank: number, now: Instant): void {
    for (let each = rank; each < this.#ranks.length; each++) this.#ranks[each]!.turnedAway(now)
  }

  /** One began that had waited for so long. It speaks for the classes below as well, as long as nobody of theirs waits. */
  began(rank: number, waited: Millis, now: Instant): void {
    if (waited > this.#target) return
    const { waiting } = this.#ranks[rank]!
    for (let each = rank; each < this.#ranks.length && this.#ranks[each]!.waiting === waiting; each++) this.#ranks[each]!.servedSoon(now)
  }

  /** Whether there is too much to do of this class and those above it. */
  of(rank: number, now: Instant): boolean {
    return this.#ranks[rank]!.lasts(now, this.patience(rank))
  }

  /**
   * How many times as long as in a line of one class somebody of this one may stand. Where it is lesser ones that are too many, this one
   * fits but for chance: arrivals that come together make a queue that is longer than others may be and gone by itself, and whoever is refused
   * out of it is refused for nobody.
   */
  patience(rank: number): number {
    const own = this.#ranks[rank]!
    const all = this.#ranks[CRITICALITIES.length - 1]!
    return !own.on && all.on && all.waiting > own.waiting ? PATIENCE : 1
  }

  /** Of all classes together, or of the event loop. */
  lasts(now: Instant, since: Instant): boolean {
    return this.of(CRITICALITIES.length - 1, since) || this.late(now) && now - this.#lateSince >= INTERVAL
  }

  /**
   * The event loop's delay of the last stretch. Answers what is left of what may be in hand, 1 for all of it: in
   * proportion to how late the loop is, half of it at the least, and once for each time that it takes to show.
   */
  delayed(delay: Millis, now: Instant, whole: boolean): number {
    const late = delay > this.#tolerated
    if (!whole && this.#lateSince === Infinity) {
      this.#delay = delay
      this.#toldAt = now
      return 1
    }
    if (!late || now - this.#toldAt > STALE) this.#lateSince = Infinity
    if (late && this.#lateSince === Infinity) this.#lateSince = now
    this.#delay = delay
    this.#toldAt = now
    // Half of it and less: the others are about to have done.
    if (delay < this.#others / (2 * VARIES)) this.#others *= 0.9
    if (now - this.#lateSince < INTERVAL || now - this.#cutAt < Math.max(INTERVAL, delay)) return 1
    this.#cutAt = now
    return Math.max(0.5, this.#tolerated / delay)
  }

  delay(now: Instant): Millis {
    return now - this.#toldAt > STALE ? 0 : this.#delay
  }

  /** The loop is late now, be it for a moment. */
  late(now: Instant): boolean {
    return this.delay(now) > this.#tolerated
  }

  /** As late as it is now it is by something else than what is in hand. */
  excuse(delay: Millis): void {
    this.#others = VARIES * delay
    if (delay > 0) this.#lateSince = Infinity
  }

  get #tolerated(): Millis {
    return Math.max(this.#target, this.#others)
  }
}
