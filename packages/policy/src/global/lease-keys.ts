import { Ghosts } from '../limit/ghosts.ts'
import type { Instant, Millis } from '../types.ts'
import { ASKING, COUNTS, DEBT, FROM, HELD, LeaseRows, REFUSED, STATE, TIGHT, TIMES, USED } from './lease-rows.ts'

/** Keys that are looked at for one that can make room. */
const LOOK = 16
/** More than any other price of forgetting a key. */
const OWES = 4

/** Which keys have a row. Where all rows are taken a key makes room that was not called for long, about. */
export class LeaseKeys {
  readonly rows: LeaseRows
  /** Where `slotOf` found no room: who must settle first, or −1 where asks are under way for all who were looked at. */
  owing = -1
  readonly #ghosts = new Ghosts()
  /** Where eviction goes on looking. */
  #hand = 0

  constructor(most: number, seed: number) {
    this.rows = new LeaseRows(most, seed)
  }

  /** −1: the key is not known, and there is no room. */
  slotOf(key: string, now: Instant, ttl: Millis): number {
    const slot = this.rows.find(key)
    return slot < 0 ? this.#add(key, now, ttl) : slot
  }

  /** Whether a key without a row would begin as one that was never seen. */
  isAfresh(key: string, now: Instant): boolean {
    return this.#ghosts.of(key) <= now
  }

  #add(key: string, now: Instant, ttl: Millis): number {
    const { rows } = this
    const slot = rows.full ? this.#makeRoom(key, now, ttl) : rows.add(key)
    const ghost = this.#ghosts.of(key)
    if (slot < 0 || ghost <= now) return slot
    // As one that was refused: no credit, but the engine may be asked.
    rows.times[slot * TIMES + TIGHT] = ghost
    rows.counts[slot * COUNTS + STATE]! |= REFUSED
    return slot
  }

  #makeRoom(key: string, now: Instant, ttl: Millis): number {
    const slot = this.#evict(now, ttl)
    if (slot < 0) return slot
    this.#bury(slot, now)
    this.rows.replace(slot, key)
    return slot
  }

  /**
   * A key that had no call since the hand went past, rather one that is as good as unknown. Never one with an ask under
   * way, whose answer would be taken for the next key's; and none that owes: that is settled first, or what was spent would
   * never be counted.
   */
  #evict(now: Instant, ttl: Millis): number {
    const { size, counts } = this.rows
    let victim = -1
    let least = Infinity
    for (let looked = Math.min(LOOK, size); looked > 0 && least > 0; looked--) {
      const slot = this.#hand
      this.#hand = slot + 1 === size ? 0 : slot + 1
      const state = counts[slot * COUNTS + STATE]!
      if ((state & ASKING) !== 0) continue
      counts[slot * COUNTS + STATE] = state & ~USED
      const price = ((state & USED) === 0 ? 0 : 1) + this.#priceOf(slot, now, ttl)
      if (price >= least) continue
      least = price
      victim = slot
    }
    this.owing = least < OWES ? -1 : victim
    return least < OWES ? victim : -1
  }

  /** What is lost with a key: 0 where it is as good as unknown. */
  #priceOf(slot: number, now: Instant, ttl: Millis): number {
    const { counts, times } = this.rows
    const c = slot * COUNTS
    const t = slot * TIMES
    if (counts[c + DEBT] !== 0) return OWES
    const isHeld = counts[c + HELD] !== 0 && now < times[t + FROM]! + ttl
    return isHeld || now < times[t + TIGHT]! ? 2 : 0
  }

  /** One that would have no credit has none either when it comes back. */
  #bury(slot: number, now: Instant): void {
    const tight = this.rows.times[slot * TIMES + TIGHT]!
    if (tight > now) this.#ghosts.bury(this.rows.keyOf(slot), tight)
  }
}
