import { CRITICALITIES } from '../deadline/criticality.ts'
import type { Criticality, Instant, Millis } from '../types.ts'
import { Blame } from './blame.ts'
import { GradientLimit } from './gradient-limit.ts'
import { Line, Waiter } from './line.ts'
import { type AdmissionOptions, rulesOf } from './options.ts'
import { Overload } from './overload.ts'
import { Repeats } from './repeats.ts'
import type { AdmissionEvent, AdmissionSnapshot, AdmitWhy, Turned } from './report.ts'
import { Tally } from './tally.ts'
import { Turns } from './turns.ts'

/**
 * What became of a request that was worked on. `dropped`: not done in time, or whoever is called below had no room.
 * `ignored`: says nothing about room here: its caller hung up, or its reply streams for as long as it likes.
 */
export type AdmitOutcome = 'good' | 'dropped' | 'ignored'

const TELL_FROM = 0.1
/** Without a line, so many may still stand in one for their turn in an overload: a loop that is late for others' sake would refuse everybody. */
const FEW_TURNS = 20
/** Callers outside the mesh count in seconds. */
const RETRY_AFTER: Millis = 1_000

/**
 * Which request a server takes, and when. As many as a limit that is found by latency are worked on at once; a few more
 * wait for a moment, the most critical first, and under overload the newest first, since the oldest are those whose callers
 * give up next. `T` is whoever asks; one `T` asks once.
 *
 * It calls nobody back but through `expire`. Whoever gives a slot back, or has a new turn of the event loop, asks `next`
 * who may begin. While `paced` that is one for each turn of the loop: a request that computes is the only one in hand
 * while it does, whatever the limit; so those that came meanwhile must be read, put in order and expired before the next
 * begins, or they are served in the order of their sockets.
 */
export class Admission<T> {
  #rules: Required<AdmissionOptions>
  readonly #limit: GradientLimit
  readonly #line = new Line<T>()
  readonly #turns: Turns
  readonly #overload: Overload
  readonly #blame = new Blame()
  readonly #repeats = new Repeats()
  readonly #notify: ((event: AdmissionEvent) => void) | undefined
  /** Left the line unserved and not yet told, with why. */
  #left: { readonly item: T; readonly why: AdmitWhy }[] = []
  readonly #admitted = new Tally()
  readonly #refused = new Tally()
  #inFlight = 0
  #toldLimit: number
  #overloaded = false
  #held = false
  /** It is requests that made the loop late when that was last known. Until it is, a late loop speaks against nobody who is in hand. */
  #guilty = false
  /** When there was last no slot. */
  #askedAt: Instant = -Infinity
  /** For how long in all the loop was somebody else's while slots were free. */
  #elsewhere: Millis = 0
  readonly #waits = (rank: number): boolean => this.#line.oldest(rank) !== undefined

  constructor(options: AdmissionOptions & { readonly notify?: (event: AdmissionEvent) => void } = {}) {
    this.#rules = rulesOf(options)
    this.#limit = new GradientLimit(this.#rules)
    this.#turns = new Turns(this.#rules.shares)
    this.#overload = new Overload(this.#rules.targetDelay)
    this.#notify = options.notify
    this.#toldLimit = this.#limit.limit
  }

  /** New rules; what was found so far, who is in hand and who waits stay. */
  configure(options: AdmissionOptions): void {
    this.#rules = rulesOf(options)
    this.#limit.configure(this.#rules)
    this.#turns.configure(this.#rules.shares)
    this.#overload.configure(this.#rules.targetDelay)
  }

  /**
   * A request has come. `start`: it holds a slot until `finish`. `wait`: it stands in the line, and `next` or `expire`
   * will name it unless it quits. Otherwise it is not taken, and that is all that happens to it. `repeat`: it says of
   * itself that it was sent again after a refusal or a timeout.
   */
  arrive(item: T, criticality: Criticality, deadline: Instant, now: Instant, repeat = false): 'start' | 'wait' | Turned {
    const rank = this.#came(criticality, now, repeat)
    if (deadline <= now) return this.#turn(rank, 'deadline', now)
    if (this.#startsAtOnce(now)) {
      this.#start(rank)
      return 'start'
    }
    if (this.#line.size >= this.#places(now)) {
      const displaced = this.#displaces(rank, now)
      this.#overload.turnedAway(displaced?.rank ?? rank, now - this.#elsewhere)
      if (displaced === undefined) return this.#turn(rank, this.#full(now), now)
      this.#expel(displaced, 'displaced')
    }
    const since = now - this.#elsewhere
    this.#line.push(new Waiter(item, rank, since, deadline))
    this.#overload.joined(rank, since)
    return 'wait'
  }

  /** What `arrive` would answer one that a mode lets pass: it comes into no line, displaces nobody, and is not counted as refused. */
  would(criticality: Criticality, deadline: Instant, now: Instant, repeat = false): 'start' | 'wait' | Turned {
    const rank = this.#came(criticality, now, repeat)
    if (deadline <= now) return this.#turned('deadline', now)
    if (this.#startsAtOnce(now)) return 'start'
    return this.#line.size < this.#places(now) || this.#displaces(rank, now) !== undefined ? 'wait' : this.#turned(this.#full(now), now)
  }

  /** Takes a slot that there may not be: for what a mode lets pass, which is load all the same. `finish` as for others. */
  startAnyway(criticality: Criticality): void {
    this.#start(CRITICALITIES.indexOf(criticality))
  }

  /**
   * Whoever is next, with a slot taken for it; undefined: nobody may begin now. To be asked after `finish`, after `expire`
   * and on each turn of the loop while somebody waits: until undefined, or, while `paced`, once a turn.
   */
  next(now: Instant): T | undefined {
    this.#judge(now)
    this.#blame.met(now)
    while (this.#hasRoom(now)) {
      const waiter = this.#choose(now)
      if (waiter === undefined) return undefined
      this.#remove(waiter)
      const why = this.#over(waiter, now)
      if (why === undefined) {
        this.#turns.started(waiter.rank, this.#waits)
        const since = now - this.#elsewhere
        this.#overload.began(waiter.rank, since - waiter.arrived, since)
        this.#start(waiter.rank)
        return waiter.item
      }
      this.#leave(waiter, why)
    }
    return undefined
  }

  /** Those that left the line unserved: they waited too long, were displaced, or their deadline has passed. They hold nothing. */
  expire(now: Instant, tell: (item: T, turned: Turned) => void): void {
    this.#judge(now)
    for (let rank = 0; rank < CRITICALITIES.length; rank++) {
      for (let oldest = this.#line.oldest(rank); oldest !== undefined && this.#until(oldest) <= now; oldest = this.#line.oldest(rank)) this.#expel(oldest, this.#over(oldest, now) ?? 'waited')
    }
    this.#line.pastDeadline(now, (waiter) => this.#expel(waiter, 'deadline'))
    if (this.#left.length === 0) return
    const left = this.#left
    this.#left = []
    for (const { item, why } of left) tell(item, this.#turned(why, now))
  }

  /**
   * When `expire` has somebody to tell, or `next` somebody who may begin though no slot was given back: −Infinity at once,
   * Infinity never, as long as nothing else happens. Past, once both were asked: not before something else happens.
   */
  get wakeAt(): Instant {
    if (this.#left.length > 0) return -Infinity
    let first = this.#line.nextDeadline
    for (let rank = 0; rank < CRITICALITIES.length; rank++) {
      const oldest = this.#line.oldest(rank)
      if (oldest !== undefined) first = Math.min(first, this.#until(oldest))
    }
    const { followsAt } = this.#limit
    return this.#line.size > 0 && this.#inFlight >= this.#limit.limit && followsAt > this.#askedAt ? Math.min(first, followsAt) : first
  }

  /** Its caller hung up while it waited. Answers whether it did wait. Once `next` has named it, it is `finish` that ends it. */
  quit(item: T): boolean {
    const waiter = this.#line.of(item)
    if (waiter === undefined) {
      const at = this.#left.findIndex((left) => left.item === item)
      if (at >= 0) this.#left.splice(at, 1)
      return at >= 0
    }
    this.#remove(waiter)
    return true
  }

  /**
   * Gives a slot back; once for each that was taken. `started`: when it was. What was spent in the line does not count as
   * latency: a limit that is too low would make the line long, and the long line the limit lower.
   */
  finish(started: Instant, now: Instant, outcome: AdmitOutcome): void {
    if (outcome !== 'ignored') this.#limit.ended(started, now, this.#inFlight, outcome === 'dropped')
    this.#inFlight -= 1
    this.#blame.ended(now)
    this.#tellLimit(now)
  }

  /**
   * How late the event loop was in the last stretch: about every 20–100 ms while there is anything to do. `whole`: that stretch is
   * over. Within one it may only be told that it is late, which it then is for those that come, and not yet for a while.
   */
  delayed(delay: Millis, now: Instant, whole = true): void {
    const left = this.#overload.delayed(delay, now, whole)
    this.#blame.watch(delay > this.#rules.targetDelay, now)
    const verdict = whole ? this.#blame.verdict(now) : undefined
    if (verdict !== undefined) {
      this.#guilty = verdict === 'requests'
      this.#overload.excuse(this.#guilty ? 0 : delay)
    }
    if (left < 1 && this.#guilty) {
      this.#limit.cut(left, this.#inFlight, now)
      this.#tellLimit(now)
    }
    this.#judge(now)
  }

  /**
   * From now on, or no longer, everybody goes into the line first, if there is one: more have come than could be read, and who
   * has been read first need not be who begins first. No overload by itself.
   */
  hold(on: boolean): void {
    this.#held = on
  }

  /**
   * For so long the loop was taken up by something else than requests that have begun since. While slots are free, who waits
   * meanwhile waits for a turn of the loop and for nobody else: it is not counted against them, nor taken for a line that stands.
   */
  elsewhere(passed: Millis): void {
    if (this.#inFlight < this.#limit.limit && !this.#guilty) this.#elsewhere += passed
  }

  /** Whether `turnOver` is to be told: the loop is late, and it is to be found out for whose sake. */
  get watching(): boolean {
    return this.#blame.watching
  }

  /**
   * A turn of the event loop in which something came, began or ended is over. To be told while `watching`: whoever does not has requests that
   * end one by one behind the work of others taken for requests that compute for as long.
   */
  turnOver(): void {
    this.#blame.turnOver()
  }

  /** Whether every request is put in the line first, and one begins each turn of the loop. */
  paced(now: Instant): boolean {
    return this.#overloaded || this.#overload.late(now)
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get waiting(): number {
    return this.#line.size
  }

  inspect(now: Instant): AdmissionSnapshot {
    return {
      limit: this.#limit.limit, inFlight: this.#inFlight, waiting: this.#line.size, delay: this.#overload.delay(now),
      overloaded: this.#overloaded, everywhere: this.#everywhere(now), admitted: this.#admitted.byCriticality(), refused: this.#refused.byCriticality(),
    }
  }

  #choose(now: Instant): Waiter<T> | undefined {
    const rank = this.#turns.next(this.#waits)
    if (rank === -1) return undefined
    return this.#overload.of(rank, now - this.#elsewhere) ? this.#line.newest(rank) : this.#line.oldest(rank)
  }

  #came(criticality: Criticality, now: Instant, repeat: boolean): number {
    const rank = CRITICALITIES.indexOf(criticality)
    this.#repeats.arrived(repeat, now)
    this.#blame.met(now)
    this.#overload.arrived(rank)
    this.#judge(now)
    return rank
  }

  #startsAtOnce(now: Instant): boolean {
    return this.#line.size === 0 && !this.paced(now) && !(this.#held && this.#rules.queue > 0) && this.#hasRoom(now)
  }

  /** Whether there is a slot; a limit that nothing speaks against is made greater for want of one, be the loop late as long as it is not for what is in hand. */
  #hasRoom(now: Instant): boolean {
    if (this.#inFlight < this.#limit.limit) return true
    this.#askedAt = now
    const late = this.#overload.late(now)
    return !(late && this.#guilty) && this.#limit.follow(this.#inFlight, now, late ? this.#overload.delay(now) : 0)
  }

  /** How many may stand in the line: who only waits for a turn of the loop has a slot, until there is an overload. */
  #places(now: Instant): number {
    const { queue } = this.#rules
    const free = Math.max(0, this.#limit.most(now) - this.#inFlight)
    return this.#overloaded ? Math.max(queue, Math.min(free, FEW_TURNS)) : queue + free
  }

  /** Who goes for a newcomer: less critical, or under overload of its own class whoever has waited longest. */
  #displaces(rank: number, now: Instant): Waiter<T> | undefined {
    const last = this.#overload.of(rank, now - this.#elsewhere) ? rank : rank + 1
    for (let least = CRITICALITIES.length - 1; least >= last; least--) {
      const oldest = this.#line.oldest(least)
      if (oldest !== undefined) return oldest
    }
    return undefined
  }

  #full(now: Instant): AdmitWhy {
    return this.#rules.queue === 0 ? this.#late('limit', now) : 'queue'
  }

  #over(waiter: Waiter<T>, now: Instant): AdmitWhy | undefined {
    if (waiter.deadline <= now) return 'deadline'
    return this.#until(waiter) <= now ? this.#late('waited', now) : undefined
  }

  /** The very sum of all who ask: rounded otherwise, a timer would find nobody to tell, and be set again for ever. */
  #until({ arrived, rank }: Waiter<T>): Instant {
    return arrived + this.#rules.maxWait * this.#overload.patience(rank) + this.#elsewhere
  }

  #late(why: AdmitWhy, now: Instant): AdmitWhy {
    return this.#overload.late(now) ? 'delay' : why
  }

  #expel(waiter: Waiter<T>, why: AdmitWhy): void {
    this.#remove(waiter)
    this.#leave(waiter, why)
  }

  #remove(waiter: Waiter<T>): void {
    this.#line.remove(waiter)
    this.#overload.left(waiter.rank)
  }

  #leave({ item, rank }: Waiter<T>, why: AdmitWhy): void {
    this.#refused.add(rank)
    this.#left.push({ item, why })
  }

  #start(rank: number): void {
    this.#inFlight += 1
    this.#admitted.add(rank)
    this.#limit.began(this.#inFlight)
  }

  #turn(rank: number, why: AdmitWhy, now: Instant): Turned {
    this.#refused.add(rank)
    return this.#turned(why, now)
  }

  #turned(why: AdmitWhy, now: Instant): Turned {
    const everywhere = why !== 'deadline' && this.#everywhere(now)
    return { why, everywhere, retryAfter: everywhere ? RETRY_AFTER : 0 }
  }

  #everywhere(now: Instant): boolean {
    return this.#overloaded && this.#repeats.everywhere(now)
  }

  #judge(now: Instant): void {
    const since = now - this.#elsewhere
    // What stands in line though it is let in as fast as it can be: more would only make it slower. Unless it may stand for a late loop that
    // is late for others.
    if (this.#overload.of(CRITICALITIES.length - 1, since) && (this.#guilty || !this.#blame.watching)) this.#limit.pressed(now)
    const overloaded = this.#overload.lasts(now, since)
    if (overloaded === this.#overloaded) return
    this.#overloaded = overloaded
    this.#notify?.({ type: overloaded ? 'overloaded' : 'recovered', ...this.inspect(now) })
  }

  #tellLimit(now: Instant): void {
    if (this.#notify === undefined) return
    const { limit } = this.#limit
    if (limit === this.#toldLimit || Math.abs(limit - this.#toldLimit) < TELL_FROM * this.#toldLimit) return
    this.#toldLimit = limit
    this.#notify({ type: 'admission', ...this.inspect(now) })
  }
}
