import type { Instant, Millis } from '../types.ts'
import type { Grant, ReserveAsk } from './grant.ts'
import { LeaseKeys } from './lease-keys.ts'
import { LEASE_DEFAULTS, type LeaseShare, type LeaseSnapshot, type LeaseTableOptions, ttlOf } from './lease-options.ts'
import {
  ASKED_AT, ASKED_FOR, ASKING, CALLS, COUNTS, DEBT, DEBT_ASKED, DENIED, EXPIRED, FROM, HELD, KNOWN, LATER, LATER_FROM, type LeaseRows, REFUSED, STATE,
  TIGHT, TIMES, USED,
} from './lease-rows.ts'
import { leaseSizes, type LeaseSizes } from './lease-sizes.ts'

/** After a refusal there is no credit for so many times `refresh`: whose calls are few would else never hear of it. */
const REFUSED_FOR = 10
/** More than all horizons, and than anything that is on its way. */
const ON_ITS_WAY: Millis = 10_000
/** An engine counts in some unit: less than this is no delay. */
const ROUNDING: Millis = 0.001
/** Weight of the latest round trip in their mean. */
const NEWEST = 0.2

/**
 * What one process holds of a rate limit that many processes have together, key by key. Calls spend tokens that were granted
 * before; when few are left the next ones are asked for, so that no call waits for the engine.
 *
 * **Credit.** Of a key that nothing speaks against, calls are admitted ahead of a grant, up to `credit`, which the next ask
 * settles. So the first call of a key waits for nobody, and a key of few calls holds no tokens that somebody else could
 * use. Nothing speaks against a key when the last answer was that its tokens are free at once. If they were not, its rate
 * is used up: then there is credit again only `refresh` after they were, and after a refusal much later.
 *
 * **Bound.** Over every window W, all processes together: `admitted ≤ rate · W + burst + Σ hold`. Tokens that start inside are
 * at most `rate · W + burst` (`GrantBook`), credit that was settled inside included. Beyond these are, in each process: what it
 * held when the window began, at most chunk + mark, since it asks when it holds no more than mark; and what it owes
 * when the window ends, at most credit, since an answer that comes after the last start inside leaves it none.
 *
 * Time goes forward only. What is granted is not checked: that is for whoever speaks with the engine.
 */
export class LeaseTable {
  /** The slot of an ask that the latest `take` or `granted` made due, or −1. */
  due = -1
  readonly #options: LeaseTableOptions
  readonly #keys: LeaseKeys
  readonly #rows: LeaseRows
  /** When the latest `take` was, but for those after which enough is held. */
  #tookAt: Instant = -Infinity
  /** Of `due`, where it is at hand: the rows have it only letter by letter. */
  #dueKey: string | undefined
  #sizes: LeaseSizes
  #share = 1
  #refresh: Millis = LEASE_DEFAULTS.refresh
  #ttl: Millis
  /** The mean time from ask to answer. */
  #roundTrip: Millis = 1
  #asked = 0
  #granted = 0
  #refused = 0
  #failed = 0
  #tokens = 0
  #unused = 0

  /** With the whole rate as its share, until it hears otherwise. */
  constructor(options: LeaseTableOptions) {
    this.#options = options
    this.#keys = new LeaseKeys(Math.max(1, Math.floor(options.maxKeys ?? LEASE_DEFAULTS.maxKeys)), options.seed ?? 0)
    this.#rows = this.#keys.rows
    this.#sizes = leaseSizes(1, options.interval, options.burst, this.#refresh)
    this.#ttl = options.ttl ?? ttlOf(this.#refresh)
  }

  /** Keys kept. */
  get size(): number {
    return this.#rows.size
  }

  /** How much this process adds to the bound, for each key. What it held before its share became smaller goes within `ttl`. */
  get hold(): number {
    const { chunk, mark, credit } = this.#sizes
    return chunk + mark + credit
  }

  get sizes(): LeaseSizes {
    return this.#sizes
  }

  /** Another share, or another `refresh`. Tokens that are held stay. */
  resize({ share, refresh }: LeaseShare): void {
    this.#share = share
    this.#refresh = refresh
    this.#ttl = this.#options.ttl ?? ttlOf(refresh)
    this.#sizes = leaseSizes(share, this.#options.interval, this.#options.burst, refresh)
  }

  /**
   * 0: admitted, and a token is spent. More: not admitted, and after how long it may be worth asking again: when a reserved
   * chunk starts, when the engine may be asked again, or about when the ask that is under way will be answered.
   */
  take(key: string, now: Instant): Millis {
    this.due = -1
    const slot = this.#keys.slotOf(key, now, this.#ttl)
    if (slot < 0) {
      this.due = this.#keys.owing
      this.#dueKey = undefined
      return this.#roundTrip
    }
    const { counts } = this.#rows
    const c = slot * COUNTS
    counts[c + CALLS]!++
    counts[c + STATE]! |= USED
    const admitted = this.#spendHeld(slot, now)
    // Enough is left, and nothing is owed: what most calls of a busy key find.
    if (admitted && counts[c + HELD]! > counts[c + ASKED_FOR]! >> 1 && counts[c + DEBT] === 0) return 0
    this.#tookAt = now
    const wait = admitted || this.#spendCredit(slot, now) ? 0 : this.#wait(slot, now)
    if (this.#isDue(slot, now)) {
      this.due = slot
      this.#dueKey = key
    }
    return wait
  }

  /** As `take` would answer; nothing is spent and nothing becomes due. */
  wait(key: string, now: Instant): Millis {
    const slot = this.#rows.find(key)
    if (slot < 0) return this.#keys.isAfresh(key, now) ? 0 : this.#roundTrip
    return this.held(key, now) > 0 || this.#hasCredit(slot, now) ? 0 : this.#wait(slot, now)
  }

  /** How many calls of a key `take` would admit now, one after the other: what is held, and what is left of the credit. */
  available(key: string, now: Instant): number {
    const slot = this.#rows.find(key)
    const { credit } = this.#sizes
    if (slot < 0) return this.#keys.isAfresh(key, now) ? credit : 0
    return this.held(key, now) + (this.#hasCredit(slot, now) ? credit - this.#rows.counts[slot * COUNTS + DEBT]! : 0)
  }

  /** Tokens of a key that may be spent now, without credit. */
  held(key: string, now: Instant): number {
    const slot = this.#rows.find(key)
    if (slot < 0) return 0
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    const t = slot * TIMES
    const inTime = (from: Instant): boolean => now >= from && now < from + this.#ttl
    return (inTime(times[t + FROM]!) ? counts[c + HELD]! : 0) + (inTime(times[t + LATER_FROM]!) ? counts[c + LATER]! : 0)
  }

  /**
   * Takes back what the latest `take` spent, of this key, for a call that then came to nothing: less is owed, or a token is held
   * again. What an ask was made for in between may come nevertheless: then this process holds one more than `hold` says, and no
   * more than one, since beyond that it stays spent.
   */
  giveBack(key: string): void {
    const slot = this.#rows.find(key)
    if (slot < 0) return
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    if (counts[c + DEBT]! > counts[c + DEBT_ASKED]!) counts[c + DEBT]!--
    else if (this.#had(slot) <= this.#sizes.chunk + this.#sizes.mark) {
      if (counts[c + HELD] === 0) times[slot * TIMES + FROM] = this.#tookAt
      counts[c + HELD]!++
    }
  }

  /** Tokens that this process has of a key, may be about to have, or will give back. */
  #had(slot: number): number {
    const { counts } = this.#rows
    const c = slot * COUNTS
    const coming = (counts[c + STATE]! & ASKING) === 0 ? 0 : counts[c + ASKED_FOR]!
    return counts[c + HELD]! + counts[c + LATER]! + counts[c + EXPIRED]! + coming
  }

  /** Spends a token that is held; never credit, and nothing is asked for: while the engine is lost. */
  spend(key: string, now: Instant): boolean {
    const slot = this.#rows.find(key)
    return slot >= 0 && this.#spendHeld(slot, now)
  }

  /**
   * Of a limit that ends here: what is held of a slot counts as expired, so that the next ask gives it back. Whether there is something to
   * ask; not while an ask is under way.
   */
  surrender(slot: number): boolean {
    const { counts } = this.#rows
    const c = slot * COUNTS
    if ((counts[c + STATE]! & ASKING) !== 0) return false
    while (counts[c + HELD]! > 0) this.#expire(slot)
    return counts[c + EXPIRED]! > 0 || counts[c + DEBT]! > 0
  }

  /**
   * What to ask the engine for this slot, which is under way from now on. The slot stays the key's until `granted` or `failed`,
   * one of which must follow. `recovering`: this process has counted by itself, and in so many ms the burst that it may
   * have used has filled again; 0: it has not. `want`: 0 to settle only.
   */
  ask(slot: number, now: Instant, recovering: Millis = 0, want: number = this.#wanted(slot, now)): ReserveAsk {
    const { interval, burst, ahead, floor = 0, floorAhead = ahead } = this.#options
    const { counts, times } = this.#rows
    const key = (slot === this.due ? this.#dueKey : undefined) ?? this.#rows.keyOf(slot)
    const c = slot * COUNTS
    const debt = counts[c + DEBT]!
    const settle = debt - counts[c + EXPIRED]!
    const burstUsed = recovering > 0 ? recovering : now < times[slot * TIMES + KNOWN]! ? 'if-lost' : 'never'
    counts[c + DEBT_ASKED] = debt
    counts[c + EXPIRED] = 0
    counts[c + CALLS] = 0
    counts[c + ASKED_FOR] = want
    counts[c + STATE]! |= ASKING
    times[slot * TIMES + ASKED_AT] = now
    this.#asked++
    return {
      key, interval, burst, settle, want, horizon: ahead * this.#refresh, floor, floorHorizon: floorAhead * this.#refresh, burstUsed, longest: this.#longest,
    }
  }

  /** The engine's answer. */
  granted(slot: number, grant: Grant, now: Instant): void {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    const t = slot * TIMES
    const askedAt = times[t + ASKED_AT]!
    counts[c + STATE]! &= ~(ASKING | REFUSED)
    counts[c + DEBT]! -= counts[c + DEBT_ASKED]!
    counts[c + DEBT_ASKED] = 0
    // From when it was asked, which is before the engine began to count.
    times[t + KNOWN] = askedAt + grant.keptFor
    this.#roundTrip += NEWEST * (now - askedAt - this.#roundTrip)
    if (grant.retryAfter > 0) this.#deny(slot, grant.retryAfter, now)
    else {
      this.#granted++
      times[t + DENIED] = -Infinity
      times[t + TIGHT] = grant.delay > ROUNDING ? now + grant.delay + this.#refresh : -Infinity
      if (grant.tokens > 0) this.#hold(slot, grant.tokens, now + grant.delay)
    }
    // What was spent on credit meanwhile is settled without another call having to come.
    this.due = this.#isDue(slot, now) ? slot : -1
    this.#dueKey = undefined
  }

  /**
   * No answer came. What was given back counts as given, and what was owed as still owed, since the ask may have been carried
   * out or not: either way no more is admitted than was granted.
   */
  failed(slot: number, now: Instant): void {
    const { counts, times } = this.#rows
    counts[slot * COUNTS + STATE]! &= ~ASKING
    counts[slot * COUNTS + DEBT_ASKED] = 0
    times[slot * TIMES + DENIED] = Math.max(now, times[slot * TIMES + ASKED_AT]! + this.#refresh)
    this.#failed++
  }

  /** Twice what all processes may hold or owe, if they are as this one: each of them may have been begun anew. */
  get #longest(): Millis {
    const { interval, burst } = this.#options
    return (burst + (2 * this.hold) / this.#share) * interval + ON_ITS_WAY
  }

  /** Looks at every key. */
  inspect(now: Instant): LeaseSnapshot {
    const { counts, times } = this.#rows
    let held = 0
    let debt = 0
    for (let slot = 0; slot < this.#rows.size; slot++) {
      const c = slot * COUNTS
      const t = slot * TIMES
      debt += counts[c + DEBT]!
      if (now < times[t + FROM]! + this.#ttl) held += counts[c + HELD]!
      if (now < times[t + LATER_FROM]! + this.#ttl) held += counts[c + LATER]!
    }
    return {
      keys: this.#rows.size, held, debt, asked: this.#asked, granted: this.#granted, refused: this.#refused, failed: this.#failed,
      tokens: this.#tokens, unused: this.#unused,
    }
  }

  #spendHeld(slot: number, now: Instant): boolean {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    const t = slot * TIMES
    while (counts[c + HELD]! > 0 && now >= times[t + FROM]! + this.#ttl) this.#expire(slot)
    const held = counts[c + HELD]!
    if (held === 0 || now < times[t + FROM]!) return false
    counts[c + HELD] = held - 1
    if (held === 1) this.#shift(slot)
    return true
  }

  #spendCredit(slot: number, now: Instant): boolean {
    if (!this.#hasCredit(slot, now)) return false
    this.#rows.counts[slot * COUNTS + DEBT]!++
    return true
  }

  #hasCredit(slot: number, now: Instant): boolean {
    const { counts, times } = this.#rows
    return counts[slot * COUNTS + DEBT]! < this.#sizes.credit && now >= times[slot * TIMES + TIGHT]!
  }

  /** What is owed is settled as soon as may be, also while refused: a key that owes can neither make room nor have more credit. */
  #isDue(slot: number, now: Instant): boolean {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    const state = counts[c + STATE]!
    if ((state & ASKING) !== 0) return false
    const owes = counts[c + DEBT]! > 0
    if (now < times[slot * TIMES + DENIED]!) return owes && (state & REFUSED) !== 0
    return owes || this.#wanted(slot, now) > 0
  }

  /** No more than `mark` is held, and there is room for a chunk. */
  #isLow(slot: number): boolean {
    const { counts } = this.#rows
    const c = slot * COUNTS
    return counts[c + LATER] === 0 && counts[c + HELD]! <= Math.min(counts[c + ASKED_FOR]! >> 1, this.#sizes.mark)
  }

  /**
   * Nothing while enough is held or the engine may not be asked. Else what its calls will need in one `refresh`, by those since the last
   * ask; at most twice as many as have come, since a few that come together say little. Nothing either where a token would expire before the next call comes: there credit serves, unless
   * there is none for having been refused.
   */
  #wanted(slot: number, now: Instant): number {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    if (!this.#isLow(slot) || now < times[slot * TIMES + DENIED]!) return 0
    const calls = counts[c + CALLS]! >>> 0
    const elapsed = now - times[slot * TIMES + ASKED_AT]!
    if (calls * this.#ttl <= elapsed) return (counts[c + STATE]! & REFUSED) !== 0 && now < times[slot * TIMES + TIGHT]! ? 1 : 0
    return Math.max(1, Math.min(this.#sizes.chunk, 2 * calls, Math.ceil((calls * this.#refresh) / elapsed)))
  }

  #wait(slot: number, now: Instant): Millis {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    const t = slot * TIMES
    if (counts[c + HELD]! > 0) return times[t + FROM]! - now
    if (now < times[t + DENIED]!) return times[t + DENIED]! - now
    if ((counts[c + STATE]! & ASKING) !== 0) return Math.max(this.#roundTrip / 2, times[slot * TIMES + ASKED_AT]! + this.#roundTrip - now)
    return !this.#isDue(slot, now) && now < times[t + TIGHT]! ? times[t + TIGHT]! - now : this.#roundTrip
  }

  #deny(slot: number, retryAfter: Millis, now: Instant): void {
    const { counts, times } = this.#rows
    counts[slot * COUNTS + STATE]! |= REFUSED
    times[slot * TIMES + DENIED] = now + Math.max(retryAfter, this.#refresh)
    const { ahead, floorAhead = 0 } = this.#options
    times[slot * TIMES + TIGHT] = now + retryAfter + (Math.max(ahead, floorAhead) + REFUSED_FOR) * this.#refresh
    this.#refused++
  }

  #hold(slot: number, tokens: number, from: Instant): void {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    const t = slot * TIMES
    this.#tokens += tokens
    const held = counts[c + HELD]!
    if (held > 0 && times[t + FROM]! <= from) {
      counts[c + LATER] = tokens
      times[t + LATER_FROM] = from
      return
    }
    counts[c + LATER] = held
    times[t + LATER_FROM] = times[t + FROM]!
    counts[c + HELD] = tokens
    times[t + FROM] = from
  }

  #expire(slot: number): void {
    const { counts } = this.#rows
    const held = counts[slot * COUNTS + HELD]!
    counts[slot * COUNTS + EXPIRED]! += held
    this.#unused += held
    this.#shift(slot)
  }

  #shift(slot: number): void {
    const { counts, times } = this.#rows
    const c = slot * COUNTS
    counts[c + HELD] = counts[c + LATER]!
    counts[c + LATER] = 0
    times[slot * TIMES + FROM] = times[slot * TIMES + LATER_FROM]!
  }
}
