import type { Instant, Millis } from '../types.ts'
import { amongAtLeast, LOCAL_PART, type EngineLost } from './engine-lost.ts'
import type { Fleet, SlotsAsk, SlotsGrant } from './grant.ts'
import { RecentNeed, type SlotUse } from './recent-need.ts'

export interface SlotLeaseOptions {
  /** At most so many in flight in all processes, ≥ 1. */
  readonly max: number
  /** Against the weights of other processes, above 0. Default 1. */
  readonly weight?: number
  /** What holds while there is no lease: see `limit`. Default `local-share`. */
  readonly engineLost?: EngineLost
  /** The share is counted by so many processes at least. Default 1. What is known of others may be too few, never too many. */
  readonly minProcesses?: number
  /** Whether calls can wait for a slot: then a process that has had none for a lease keeps none in reserve. Default false. */
  readonly patient?: boolean
  /**
   * For how long a grant holds, in ms. Default 2,000: for so long at most the slots of a killed process are out of use, and
   * its renewal, four times as often, costs an engine two operations a second.
   */
  readonly lease?: Millis
}

export const SLOT_LEASE_DEFAULTS: { readonly weight: number; readonly engineLost: EngineLost; readonly minProcesses: number; readonly lease: Millis } = {
  weight: 1, engineLost: 'local-share', minProcesses: 1, lease: 2000,
}

/** What is under way as it asks, whole numbers. */
export interface SlotDemand extends SlotUse {
  readonly inFlight: number
  readonly waiting: number
}

/** As plain data. */
export interface SlotLeaseSnapshot {
  /** Granted, for now; 0 without a lease. */
  readonly leased: number
  /** Asked for last. */
  readonly want: number
  /** What all processes had at the last answer, and how many they were; 0 before the first. */
  readonly taken: number
  readonly processes: number
}

/** Renewals in a lease: three may be lost before it ends. */
const RENEWALS = 4

/** Asks out of turn come at most ten times as often as renewals, and of all processes together about one in a millisecond. */
const QUICKEST = 10
const OF_EACH: Millis = 1

/** An ask that is not answered yet. */
interface Asking {
  readonly at: Instant
  readonly ask: SlotsAsk
}

/**
 * One process's part of a limit on calls in flight that many processes have together: how many slots it may use now, when to
 * ask for more or fewer, and for how many.
 *
 * It never uses more than the engine holds for it. A lease ends `lease` after its ask was *sent*, so before the engine's own
 * count of it ends; what it means to give back it gives up before it says so; and until it is answered it goes on under
 * what it told the engine that it cannot give back.
 */
export class SlotLease {
  #rules: Required<SlotLeaseOptions>
  readonly #need: RecentNeed
  #fleet: Fleet | undefined = undefined
  #slots = 0
  #until: Instant = -Infinity
  #due: Instant = -Infinity
  #asking: Asking | undefined = undefined
  #last: SlotsGrant = { slots: 0, taken: 0, processes: 0 }
  #want = 0
  #askedAt: Instant = -Infinity
  /** From an ask that brought no more to the next that is out of turn. */
  #gap: Millis = 0
  /** Asks without an answer since the last that had one. */
  #unanswered = 0
  /** What it could not give back when it asked last, where that is more than it was granted, and how many asks before said the same. */
  #lastInUse = 0
  #sameInUse = 0
  /** A call found no slot since the last ask. */
  #hurried = false

  constructor(options: SlotLeaseOptions, now: Instant) {
    this.#rules = rulesOf(options)
    this.#need = new RecentNeed(this.#rules.lease / RENEWALS, now)
  }

  /** New rules from the next ask on, which is due at once; the length of a lease stays. */
  configure(options: SlotLeaseOptions): void {
    this.#rules = { ...rulesOf(options), lease: this.#rules.lease }
    this.#due = -Infinity
  }

  /** Who else there is; until it is known this process counts as one of `minProcesses`. */
  fleet(fleet: Fleet): void {
    this.#fleet = fleet
  }

  /** When the lease ends; -Infinity before the first. From then on `limit` is another. */
  get until(): Instant {
    return this.#until
  }

  /** When to ask next; Infinity while an ask is under way. */
  get due(): Instant {
    return this.#asking === undefined ? this.#due : Infinity
  }

  /**
   * How many calls may be in flight, a whole number; 0 is possible. More may still be: they end as they would. Without a
   * lease, with `local-share` this process's share of four fifths of `max`, at least one where there are as many slots as
   * processes; with `open` all of `max`, which is what a lease would give where nobody else needs any; with `closed` none.
   */
  limit(now: Instant): number {
    return now < this.#until ? this.#slots : this.#alone()
  }

  /** A call found no slot and was refused. */
  missed(now: Instant): void {
    this.#need.miss()
    this.short(now)
  }

  /** A call found no slot. Others may have some to spare, so an ask is due as soon as one may be. */
  short(now: Instant): void {
    this.#hurried = true
    this.#due = Math.min(this.#due, Math.max(now, this.#askedAt + this.#gap))
  }

  /** What to send now; `answered` is to be called once for it, and `ask` not before. From now on `limit` is at most `want`. */
  ask({ inFlight, waiting, peak, entered }: SlotDemand, now: Instant): SlotsAsk {
    const { max, weight, lease } = this.#rules
    this.#need.add({ peak: Math.max(peak, inFlight + waiting), entered }, now)
    const want = this.#wanted(now)
    const limit = Math.min(this.limit(now), want)
    if (now < this.#until) this.#slots = limit
    this.#want = want
    this.#askedAt = now
    this.#hurried = false
    const ask = { max, want, inUse: Math.max(inFlight, limit), lease, weight }
    this.#asking = { at: now, ask }
    return ask
  }

  /** `undefined`: there was no answer, and what is held already holds until its lease ends. `waiting`: calls that wait by now. */
  answered(grant: SlotsGrant | undefined, waiting: number, now: Instant): void {
    const asking = this.#asking
    if (asking === undefined) return
    this.#asking = undefined
    if (grant !== undefined && isGrant(grant)) return this.#take(grant, asking, waiting, now)
    this.#due = now + Math.min(this.#renewal, this.#quickest * 2 ** this.#unanswered)
    this.#unanswered++
  }

  inspect(now: Instant): SlotLeaseSnapshot {
    const { taken, processes } = this.#last
    return { leased: now < this.#until ? this.#slots : 0, want: this.#want, taken, processes }
  }

  #take(grant: SlotsGrant, { at, ask }: Asking, waiting: number, now: Instant): void {
    const before = this.limit(now)
    const slots = Math.min(grant.slots, ask.want, ask.max)
    this.#last = grant
    this.#slots = slots
    this.#until = at + ask.lease
    this.#unanswered = 0
    this.#gap = this.#gapAfter(slots, before, ask)
    this.#due = at + this.#renewal
    // Others wait for what is held until this process says that it has given it back; or its own calls wait for more.
    const owes = slots < ask.inUse
    this.#sameInUse = owes && ask.inUse === this.#lastInUse ? this.#sameInUse + 1 : 0
    this.#lastInUse = owes ? ask.inUse : 0
    // Ever less soon while none of the calls ends that hold it.
    if (owes) this.#due = now + Math.min(this.#renewal, this.#quickest * 2 ** this.#sameInUse)
    else if (waiting > 0 && slots < ask.want) this.#due = now + Math.max(this.#gap, this.#quickest)
    if (this.#hurried) this.short(now)
  }

  /**
   * Who has all that there is need not ask before its time. Who asks in vain asks ever less often, but not who has none at
   * all: its turn may come at any time.
   */
  #gapAfter(slots: number, before: number, { want, max }: SlotsAsk): Millis {
    if (slots >= max) return this.#renewal
    if (slots >= want) return 0
    return slots === before && slots > 0 ? Math.min(this.#renewal, Math.max(this.#quickest, this.#gap * 2)) : this.#quickest
  }

  #alone(): number {
    const { max, engineLost, minProcesses } = this.#rules
    if (engineLost !== 'local-share') return engineLost === 'open' ? max : 0
    const { processes, share } = amongAtLeast(this.#fleet, minProcesses)
    const least = max >= processes ? 1 : 0
    return Math.max(least, Math.floor(LOCAL_PART * max * share))
  }

  /** What was needed at once of late; and one to spare, since a call that finds none is refused before any answer is here. */
  #wanted(now: Instant): number {
    const { had, lacked } = this.#need
    return Math.min(this.#rules.max, had + (lacked > 0 ? lacked : this.#spare(now)))
  }

  /** None where there is not one for each process, and none where a call could wait for it and there was no call for long. */
  #spare(now: Instant): number {
    const { max, lease, patient } = this.#rules
    if (Math.max(this.#last.processes, this.#fleet?.processes ?? 1) > max) return 0
    return patient && this.#need.idle(now) >= lease ? 0 : 1
  }

  get #renewal(): Millis {
    return this.#rules.lease / RENEWALS
  }

  get #quickest(): Millis {
    return Math.min(this.#renewal, Math.max(this.#renewal / QUICKEST, OF_EACH * this.#last.processes))
  }
}

function isGrant({ slots, taken, processes }: SlotsGrant): boolean {
  return [slots, taken, processes].every((count) => Number.isSafeInteger(count) && count >= 0)
}

/** Brought into order, not thrown: what users write is validated where it is written. */
function rulesOf(options: SlotLeaseOptions): Required<SlotLeaseOptions> {
  const rules = { ...SLOT_LEASE_DEFAULTS, patient: false, ...options }
  return { ...rules, max: Math.max(1, Math.floor(rules.max)), minProcesses: Math.max(1, rules.minProcesses) }
}
