import { SlotBook, type Fleet, type Grant, type Millis, type SlotsAsk, type SlotsGrant } from '@inmesh/policy'
import type { Clock } from '../clock.ts'
import type { Engine, EngineSnapshot, EngineState, Seat, SharedLimit } from '../engine.ts'

/** Where slots are counted for several services on one clock, by the same book as everywhere. Answers after `latency` ms. */
export class SlotsEngine implements Engine {
  readonly name = 'model'
  readonly book: SlotBook = new SlotBook()
  readonly asks: SlotsAsk[] = []
  readonly seats: ModelSeat[] = []
  latency: Millis
  /** No ask is answered. */
  silent = false
  current: EngineState = 'up'
  readonly #clock: Clock

  constructor(clock: Clock, latency: Millis = 1) {
    this.#clock = clock
    this.latency = latency
  }

  join(limit: SharedLimit): Seat {
    const seat = new ModelSeat(this, this.#clock, limit, `m${this.seats.length}`)
    this.seats.push(seat)
    limit.state(this.current)
    return seat
  }

  /** All limits hear of it. */
  become(state: EngineState, why?: string): void {
    this.current = state
    for (const { limit, here } of this.seats) if (here) limit.state(state, why)
  }

  tell(fleet: Fleet): void {
    for (const { limit, here } of this.seats) if (here) limit.fleet(fleet)
  }

  inspect(): EngineSnapshot {
    return { name: this.name, state: this.current, asked: this.asks.length, failed: 0, losses: 0 }
  }

  async close(): Promise<void> {
    this.become('lost', 'closed')
  }
}

class ModelSeat implements Seat {
  readonly limit: SharedLimit
  here = true
  readonly #engine: SlotsEngine
  readonly #clock: Clock
  readonly #member: string

  constructor(engine: SlotsEngine, clock: Clock, limit: SharedLimit, member: string) {
    this.limit = limit
    this.#engine = engine
    this.#clock = clock
    this.#member = member
  }

  reserve(_ask: unknown, done: (grant: Grant | undefined) => void): void {
    this.#soon(() => done(undefined))
  }

  slots(ask: SlotsAsk, done: (grant: SlotsGrant | undefined) => void): void {
    const engine = this.#engine
    engine.asks.push(ask)
    this.#soon(() => {
      const grant = engine.silent || engine.current !== 'up' ? undefined : engine.book.ask(this.#member, ask, this.#clock.now())
      this.#soon(() => done(grant))
    })
  }

  leave(): void {
    this.here = false
    this.#soon(() => this.#engine.book.leave(this.#member))
  }

  #soon(then: () => void): void {
    this.#clock.schedule(this.#clock.now() + this.#engine.latency / 2, false, then, undefined)
  }
}
