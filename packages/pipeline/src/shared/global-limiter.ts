import { KeyedGcra, type Criticality, type Fleet, type Grant, type Instant, type LeaseTable, type Millis, type Random } from '@inmesh/policy'
import type { Clock } from '../clock.ts'
import type { Engine, EngineState, Seat, SharedLimit } from '../engine.ts'
import type { Observers } from '../events.ts'
import type { Retiring } from '../kept.ts'
import type { GlobalTerms } from './global-terms.ts'
import { LeaseClasses } from './lease-classes.ts'
import type { LimitSnapshot } from './limit-snapshot.ts'
import type { SharedEventBody } from './shared-events.ts'

export interface GlobalLimiterHost {
  readonly service: string
  readonly clock: Clock
  readonly observers: Observers
  readonly random: Random
}

/** What a process takes of its share while it counts by itself: the rest is for those it has not heard of. */
const ALONE = 0.8
/** How soon a refused call is asked back while the engine is gone and nothing is let through. */
const LOST_RETRY = 100

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
    this.#fleet = { processes: terms.minProcesses, share: 1 / terms.minProcesses }
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
    if (this.#state !== 'lost') return this.#classes.of(criticality).wait(key, now)
    return this.#terms.engineLost === 'open' ? 0 : this.#terms.engineLost === 'closed' ? LOST_RETRY : this.#own().wait(key, now)
  }

  /** Takes back what was taken for a call that another limit refused. */
  giveBack(key: string, criticality: Criticality): void {
    if (this.#state !== 'lost') this.#classes.of(criticality).giveBack(key)
  }

  /** How many would be admitted at once. */
  available(key: string, now: Instant, criticality: Criticality): number {
    return this.#state === 'lost' ? this.#own().available(key, now) : this.#classes.of(criticality).held(key, now)
  }

  state(state: EngineState, why?: string): void {
    const before = this.#state
    if (state === before) return
    const now = this.#host.clock.now()
    this.#state = state
    if (before === 'lost' && state === 'up') this.#recoversUntil = now + (this.#terms.burst * this.#terms.per) / this.#terms.rate
    this.#tell({ type: 'engine-changed', engine: this.#engine.name, state, ...(why === undefined ? {} : { why }) }, now)
  }

  fleet(fleet: Fleet): void {
    const processes = Math.max(fleet.processes, this.#terms.minProcesses)
    this.#fleet = { processes, share: (fleet.share * fleet.processes) / processes }
    this.#alone = undefined
    this.#resize()
  }

  retire(): void {
    this.#seat.leave()
  }

  inspect(now: Instant): LimitSnapshot {
    const { rate, per, burst } = this.#terms
    const { processes, share } = this.#fleet
    const sum = { keys: 0, held: 0, asked: 0, granted: 0, refused: 0, unused: 0 }
    let hold = 0
    for (const table of this.#classes.all) {
      const { keys, held, asked, tokens, refused, unused } = table.inspect(now)
      hold += table.hold
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
        id: this.id, engine: this.#engine.name, state: this.#state, processes, share, refresh: this.#classes.refresh, excess: Math.ceil(burst + hold / share),
        held: sum.held, asked: sum.asked, granted: sum.granted, refused: sum.refused, unused: sum.unused, alone: this.#admittedAlone,
      },
    }
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
    const share = ALONE * this.#fleet.share
    return (this.#alone ??= new KeyedGcra({ rate: rate * share, per, burst: Math.max(1, burst * share), maxKeys }))
  }

  #ask(table: LeaseTable, slot: number, now: Instant): void {
    const ask = table.ask(slot, now, now < this.#recoversUntil)
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
    this.#tell({ type: 'shares-changed', processes, share, refresh: this.#classes.refresh }, this.#host.clock.now())
  }

  #tell(event: SharedEventBody, at: Instant): void {
    const { service, observers } = this.#host
    if (observers.active) observers.emit({ ...event, service, at, limit: this.id })
  }
}
