import { SlotLease, type Concurrency, type Fleet, type Instant, type SlotLeaseOptions, type SlotsGrant } from '@inmesh/policy'
import type { TimerHandle } from '../clock.ts'
import type { Engine, EngineState, Seat, SharedLimit } from '../engine.ts'
import type { Retiring } from '../kept.ts'
import type { LayerEnv } from '../layer.ts'
import type { SharedSlotsSnapshot } from './limit-snapshot.ts'
import type { Queued } from './queued.ts'
import type { SharedEventBody } from './shared-events.ts'

/**
 * Keeps the lease of one limit, and sets by it how many slots this process has. Calls are decided from the slots alone; the
 * engine is asked beside them, and only who stands in the line waits for what it answers.
 *
 * Taken out of the chain it goes on until the calls that it has let through have ended, since until then their slots are
 * nobody else's.
 */
export class LeasedSlots implements SharedLimit, Retiring {
  readonly id: string
  readonly weight: number
  readonly engine: Engine
  /** When the limit is another without an answer: calls look for themselves, as a process that was held up has its timers late. */
  lapsesAt: Instant = Infinity
  readonly #env: LayerEnv
  readonly #slots: Concurrency<Queued>
  readonly #lease: SlotLease
  /** For all processes together. */
  max: number
  #seat: Seat | undefined = undefined
  #state: EngineState = 'connecting'
  #why: string | undefined = undefined
  #timer: TimerHandle | undefined = undefined
  #timerAt: Instant = Infinity
  #retired = false

  constructor(env: LayerEnv, engine: Engine, slots: Concurrency<Queued>, options: SlotLeaseOptions & { readonly weight: number }) {
    const now = env.clock.now()
    this.id = `${env.service}/concurrency`
    this.weight = options.weight
    this.engine = engine
    this.#env = env
    this.#slots = slots
    this.max = options.max
    this.#lease = new SlotLease(options, now)
    slots.give(this.#lease.limit(now))
    this.#seat = engine.join(this)
    this.look(now)
  }

  configure(options: SlotLeaseOptions): void {
    this.max = options.max
    this.#lease.configure(options)
    this.look(this.#env.clock.now())
  }

  /** A call found no slot and was refused. */
  missed(now: Instant): void {
    this.#lease.missed(now)
    if (this.#lease.due < this.#timerAt) this.look(now)
  }

  /** A call found no slot, and waits or goes on without one. */
  short(now: Instant): void {
    this.#lease.short(now)
    if (this.#lease.due < this.#timerAt) this.look(now)
  }

  /** A call has given its slot back. */
  left(now: Instant): void {
    if (this.#retired || now >= this.lapsesAt) this.look(now)
  }

  state(state: EngineState, why?: string): void {
    if (state === this.#state && why === this.#why) return
    const now = this.#env.clock.now()
    const changed = state !== this.#state
    this.#state = state
    this.#why = why
    if (changed) this.#tell({ type: 'engine-changed', engine: this.engine.name, state, ...(why === undefined ? {} : { why }) }, now)
    this.look(now)
  }

  fleet(fleet: Fleet): void {
    this.#lease.fleet(fleet)
    this.look(this.#env.clock.now())
  }

  retire(): void {
    this.#retired = true
    this.look(this.#env.clock.now())
  }

  inspect(now: Instant): SharedSlotsSnapshot {
    const why = this.#why === undefined ? {} : { why: this.#why }
    return { id: this.id, engine: this.engine.name, state: this.#state, ...why, max: this.max, ...this.#lease.inspect(now) }
  }

  /** What is to be done at this moment, and when to look again. Called by calls, timers and the engine alike: never throws. */
  look(now: Instant): void {
    try {
      this.#apply(now)
      if (this.#retired && this.#slots.inFlight === 0 && this.#slots.waiting === 0) return this.#leave()
      if (this.#state === 'up' && this.#lease.due <= now) this.#ask(now)
      this.#arm(now)
    } catch (error) {
      this.#env.faults.record('concurrency', error)
    }
  }

  #apply(now: Instant): void {
    const lease = this.#lease
    this.lapsesAt = now < lease.until ? lease.until : Infinity
    const limit = lease.limit(now)
    if (limit === this.#slots.limit) return
    this.#slots.give(limit)
    const { want, taken, processes } = lease.inspect(now)
    this.#tell({ type: 'slots-leased', slots: limit, want, taken, processes }, now)
    for (let next = this.#slots.next(); next !== undefined; next = this.#slots.next()) next.admitted()
  }

  #ask(now: Instant): void {
    const seat = this.#seat
    if (seat === undefined) return
    const { inFlight, waiting } = this.#slots
    const ask = this.#lease.ask({ inFlight, waiting, ...this.#slots.takeUse() }, now)
    // What is not wanted is given up before others hear of it.
    this.#apply(now)
    try {
      seat.slots(ask, (grant) => this.#answered(grant))
    } catch (error) {
      this.#env.faults.record('concurrency', error)
      // Else it would wait for this answer for good.
      this.#lease.answered(undefined, waiting, now)
    }
  }

  #answered(grant: SlotsGrant | undefined): void {
    if (this.#seat === undefined) return
    const now = this.#env.clock.now()
    this.#lease.answered(grant, this.#slots.waiting, now)
    this.look(now)
  }

  #arm(now: Instant): void {
    if (this.#seat === undefined) return
    const due = this.#state === 'up' ? this.#lease.due : Infinity
    const at = Math.max(now, Math.min(due, this.lapsesAt))
    if (at === this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = at
    // Nothing waits for it alone: calls in the line hold the process themselves.
    this.#timer = at === Infinity ? undefined : this.#env.clock.schedule(at, false, onTime, this)
  }

  onTime(): void {
    this.#timerAt = Infinity
    this.look(this.#env.clock.now())
  }

  #leave(): void {
    const seat = this.#seat
    this.#seat = undefined
    this.#timer?.cancel()
    seat?.leave()
  }

  #tell(event: SharedEventBody, at: Instant): void {
    const { observers, service } = this.#env
    if (observers.active) observers.emit({ ...event, limit: this.id, service, at })
  }
}

function onTime(slots: LeasedSlots): void {
  slots.onTime()
}
