import { amongAtLeast, KeyedGcra, LOCAL_PART, type Criticality, type Fleet, type Grant, type Instant, type LeaseTable, type Millis, type Random } from '@inmesh/policy'
import type { Clock } from '../clock.ts'
import type { Engine, EngineState, Seat, SharedLimit } from '../engine.ts'
import type { Observers } from '../observers.ts'
import type { Retiring } from '../kept.ts'
import type { GlobalTerms } from './global-terms.ts'
import { intervalOf, LeaseClasses } from './lease-classes.ts'
import type { CountSnapshot } from './limit-snapshot.ts'
import type { SharedEventBody } from './shared-events.ts'

export interface GlobalLimiterHost {
  readonly service: string
  readonly clock: Clock
  readonly observers: Observers
  readonly random: Random
}

/** How soon a refused call is asked back while the engine is gone and nothing is let through. */
const LOST_RETRY = 100
/** Keys of which what is held is given back at once as a limit ends: an engine is not asked for a million together. */
const MOST_SURRENDERED = 1000

/**
 * One rate limit of many processes. Calls are decided from what this process holds; tokens for the next ones are asked
 * for meanwhile, and no call waits for the answer. While the engine does not answer, the process falls back to what its
 * `engineLost` says, and keeps what it holds until that expires.
 */
export class GlobalLimiter implements SharedLimit, Retiring {
  readonly id: string
  readonly weight: number
  readonly #terms: GlobalTerms
  readonly #engine: Engine
  readonly #host: GlobalLimiterHost
  readonly #classes: LeaseClasses
  readonly #seat: Seat
  #state: EngineState = 'connecting'
  #why: string | undefined = undefined
  #fleet: Fleet
  #alone: KeyedGcra | undefined
  #admittedAlone = 0
  #roundTrip: Millis = 0
  /** Until then the burst counts as used: what was admitted without the engine, it has not heard of. */
  #recoversUntil: Instant = -Infinity

  constructor(terms: GlobalTerms, engine: Engine, host: GlobalLimiterHost) {
    this.id = terms.id
    this.weight = terms.weight
    this.#terms = terms
    this.#engine = engine
    this.#host = host
    this.#fleet = amongAtLeast(undefined, terms.minProcesses)
    this.#classes = new LeaseClasses(terms, this.#fleet, Math.floor(host.random.next() * 2 ** 32))
    this.#seat = engine.join(this)
  }

  /** 0: admitted. More: not, and after how long it may be worth asking again. */
  take(key: string, now: Instant, criticality: Criticality): Millis {
    const table = this.#classes.of(criticality)
    if (this.#state === 'lost') return this.#takeAlone(table, key, now)
    const wait = table.take(key, now)
    if (table.due >= 0) this.#ask(table, table.due, now)
    return wait
  }

  /** As `take` would answer; nothing is taken and nothing asked for. */
  wait(key: string, now: Instant, criticality: Criticality): Millis {
    const table = this.#classes.of(criticality)
    if (this.#state !== 'lost') return table.wait(key, now)
    const { engineLost } = this.#terms
    if (engineLost === 'open' || table.held(key, now) > 0) return 0
    return engineLost === 'closed' ? LOST_RETRY : this.#own().wait(key, now)
  }

  /** As `LeaseClasses.ahead`. */
  ahead(criticality: Criticality): number {
    return this.#classes.ahead(criticality)
  }

  /**
   * After how long at the soonest a call has its token that so many stand before: as if all of the rate were theirs, and the burst, and what
   * a process may hold of it.
   */
  soonest(before: number, criticality: Criticality): Millis {
    const { burst, engineLost } = this.#terms
    if (this.#state === 'lost' && engineLost === 'open') return 0
    return Math.max(0, (before - burst - this.#classes.of(criticality).hold) * intervalOf(this.#terms))
  }

  /** Takes back what was taken for a call that another limit refused. */
  giveBack(key: string, criticality: Criticality): void {
    if (this.#state !== 'lost') this.#classes.of(criticality).giveBack(key)
  }

  /** How many would be admitted at once; where all are, as many as the burst. */
  available(key: string, now: Instant, criticality: Criticality): number {
    const table = this.#classes.of(criticality)
    if (this.#state !== 'lost') return table.available(key, now)
    const { engineLost, burst } = this.#terms
    if (engineLost === 'open') return burst
    return table.held(key, now) + (engineLost === 'closed' ? 0 : this.#own().available(key, now))
  }

  state(state: EngineState, why?: string): void {
    const before = this.#state
    this.#why = why
    if (state === before) return
    const now = this.#host.clock.now()
    this.#state = state
    if (before === 'lost' && state === 'up') this.#recoversUntil = now + this.#terms.burst * intervalOf(this.#terms)
    this.#tell({ type: 'engine-changed', engine: this.#engine.name, state, ...(why === undefined ? {} : { why }) }, now)
  }

  fleet(fleet: Fleet): void {
    this.#fleet = amongAtLeast(fleet, this.#terms.minProcesses)
    this.#alone = undefined
    this.#resize()
  }

  /** Others have at once what it holds; and so has what takes its place, when its terms change. */
  retire(): void {
    if (this.#state === 'up') for (const table of this.#classes.all) this.#surrender(table, this.#host.clock.now())
    this.#seat.leave()
  }

  inspect(now: Instant): CountSnapshot {
    const { rate, per, burst } = this.#terms
    const { processes, share } = this.#fleet
    const why = this.#why === undefined ? {} : { why: this.#why }
    const sum = { keys: 0, held: 0, asked: 0, granted: 0, refused: 0, unused: 0 }
    for (const table of this.#classes.all) {
      const { keys, held, asked, tokens, refused, unused } = table.inspect(now)
      sum.keys += keys
      sum.held += held
      sum.asked += asked
      sum.granted += tokens
      sum.refused += refused
      sum.unused += unused
    }
    return {
      scope: 'global', rate, per, burst, keys: sum.keys,
      shared: {
        id: this.id, engine: this.#engine.name, state: this.#state, ...why, processes, share, refresh: this.#classes.refresh, excess: this.excess,
        held: sum.held, asked: sum.asked, granted: sum.granted, refused: sum.refused, unused: sum.unused, alone: this.#admittedAlone,
      },
    }
  }

  /** Of all processes, as if all were as this one: their shares are what is left of the whole. */
  get excess(): number {
    let hold = 0
    for (const table of this.#classes.all) hold += table.hold
    return Math.ceil(this.#terms.burst + hold / this.#fleet.share)
  }

  #takeAlone(table: LeaseTable, key: string, now: Instant): Millis {
    if (table.spend(key, now)) return 0
    const { engineLost } = this.#terms
    if (engineLost === 'closed') return LOST_RETRY
    const wait = engineLost === 'open' ? 0 : this.#own().admit(key, now)
    if (wait === 0) this.#admittedAlone += 1
    return wait
  }

  /** Kept from one loss to the next, so that an engine that comes and goes gives nobody a burst each time. */
  #own(): KeyedGcra {
    const { rate, per, burst, maxKeys } = this.#terms
    const share = LOCAL_PART * this.#fleet.share
    return (this.#alone ??= new KeyedGcra({ rate: rate * share, per, burst: Math.max(1, burst * share), maxKeys }))
  }

  #surrender(table: LeaseTable, now: Instant): void {
    let asks = 0
    for (let slot = 0; slot < table.size && asks < MOST_SURRENDERED; slot++) {
      if (!table.surrender(slot)) continue
      asks++
      this.#ask(table, slot, now, 0)
    }
  }

  #ask(table: LeaseTable, slot: number, now: Instant, wanted?: number): void {
    const ask = table.ask(slot, now, Math.max(0, this.#recoversUntil - now), wanted)
    const { key, want, settle } = ask
    this.#tell({ type: 'lease-asked', key, want, settle }, now)
    this.#seat.reserve(ask, (grant) => this.#answered(table, slot, key, now, grant))
  }

  #answered(table: LeaseTable, slot: number, key: string, asked: Instant, grant: Grant | undefined): void {
    const now = this.#host.clock.now()
    if (grant === undefined) {
      table.failed(slot, now)
      return this.#tell({ type: 'lease-unanswered', key }, now)
    }
    table.granted(slot, grant, now)
    const { due } = table
    this.#timed(now - asked)
    if (grant.tokens > 0) this.#tell({ type: 'lease-granted', key, tokens: grant.tokens, delay: grant.delay, lost: grant.lost }, now)
    else if (grant.retryAfter > 0) this.#tell({ type: 'lease-refused', key, retryAfter: grant.retryAfter }, now)
    // What was spent ahead of this grant is settled without another call having to come.
    if (due >= 0 && this.#state !== 'lost') this.#ask(table, due, now)
  }

  #timed(took: Millis): void {
    this.#roundTrip += (took - this.#roundTrip) / 8
    this.#resize()
  }

  #resize(): void {
    const { share, processes } = this.#fleet
    if (!this.#classes.resize(this.#fleet, this.#roundTrip)) return
    this.#tell({ type: 'shares-changed', processes, share, refresh: this.#classes.refresh, excess: this.excess }, this.#host.clock.now())
  }

  #tell(event: SharedEventBody, at: Instant): void {
    const { service, observers } = this.#host
    if (observers.active) observers.emit({ ...event, service, at, limit: this.id })
  }
}
