import { KeyedGcra, LeaseTable, type Grant, type Instant, type Millis, type ReserveAsk } from '@inmesh/policy'
import type { Random } from '../random.ts'

/** What a process has of the world. */
export interface Surroundings {
  readonly rate: number
  readonly burst: number
  readonly ahead: number
  readonly floor: number
  readonly floorAhead: number
  readonly random: Random
  /** Sends an ask; exactly one answer, or undefined, comes back. */
  send(ask: ReserveAsk, done: (grant: Grant | undefined, now: Instant) => void, now: Instant): void
  after(delay: Millis, then: (now: Instant) => void): void
}

/** Of its share, while it counts by itself. */
const LOCAL_SHARE = 0.8
const PROBE_EVERY: Millis = 50
/** All that come back at once would take each other's burst. */
const RECOVERY_JITTER: Millis = 200
const KEY = 'all'

/** A process as a limiter makes it of the table: asks go out when they are due, and without the engine it counts by itself. */
export class ModelProcess {
  admittedByItself = 0
  /** The most that it ever added to the bound. */
  hold = 0
  readonly table: LeaseTable
  readonly #world: Surroundings
  #local: KeyedGcra
  #state: 'up' | 'lost' | 'recovering' = 'up'

  constructor(world: Surroundings, share: number, refresh: Millis) {
    const { rate, burst, ahead, floor, floorAhead } = world
    this.#world = world
    this.table = new LeaseTable({ interval: 1_000 / rate, burst, ahead, floor, floorAhead })
    this.#local = this.#ownCount(share)
    this.resize(share, refresh)
  }

  resize(share: number, refresh: Millis): void {
    this.table.resize({ share, refresh })
    this.#local = this.#ownCount(share)
    this.hold = Math.max(this.hold, this.table.hold)
  }

  /** Whether a call is admitted. */
  call(now: Instant): boolean {
    if (this.#state === 'lost') return this.#byItself(now)
    const admitted = this.table.take(KEY, now) === 0
    if (this.table.due >= 0) this.#ask(this.table.due, now)
    return admitted
  }

  #ask(slot: number, now: Instant): void {
    const ask = this.table.ask(slot, now, this.#state === 'recovering')
    this.#world.send(ask, (grant, at) => {
      if (grant === undefined) {
        this.table.failed(slot, at)
        return this.#lose()
      }
      this.table.granted(slot, grant, at)
      this.#state = 'up'
    }, now)
  }

  #byItself(now: Instant): boolean {
    if (this.table.spend(KEY, now)) return true
    if (this.#local.admit(KEY, now) > 0) return false
    this.admittedByItself++
    return true
  }

  #lose(): void {
    if (this.#state === 'lost') return
    this.#state = 'lost'
    this.#world.after(PROBE_EVERY, (now) => this.#probe(now))
  }

  #probe(now: Instant): void {
    const { rate, burst, random } = this.#world
    const nothing: ReserveAsk = {
      key: KEY, interval: 1_000 / rate, burst, settle: 0, want: 0, horizon: 0, floor: 0, floorHorizon: 0, burstUsed: 'always',
    }
    this.#world.send(nothing, (grant) => {
      if (grant === undefined) return this.#world.after(PROBE_EVERY, (at) => this.#probe(at))
      this.#world.after(random.next() * RECOVERY_JITTER, () => (this.#state = 'recovering'))
    }, now)
  }

  #ownCount(share: number): KeyedGcra {
    // With a burst of one it would miss its turn whenever no call is there: 79 % of its rate with calls at random at 3.75 times that.
    return new KeyedGcra({ rate: LOCAL_SHARE * this.#world.rate * share, burst: this.table.sizes.credit })
  }
}
