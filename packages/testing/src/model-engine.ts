import type { Clock, Engine, EngineSnapshot, EngineState, Seat, SharedLimit } from '@inmesh/pipeline'
import { GrantBook, SlotBook, type Grant, type Millis, type ReserveAsk, type SlotsAsk, type SlotsGrant } from '@inmesh/policy'

export interface EngineModelOptions {
  readonly clock: Clock
  /** How long an answer takes, in ms; asked for each. Default 1. */
  readonly latency?: () => Millis
  /** After how long an ask without an answer is given up. Default 100. */
  readonly timeout?: Millis
}

interface Member {
  readonly limit: SharedLimit
  readonly engine: ModelEngine
}

/**
 * What many processes have in common, in memory and on a clock that tests move: the same decisions as those that run in
 * Redis, without sockets. `connect()` once for each process.
 *
 * ```ts
 * const model = new EngineModel({ clock })
 * const [one, other] = [model.connect(), model.connect()]
 * ```
 */
export class EngineModel {
  readonly clock: Clock
  readonly timeout: Millis
  readonly latency: () => Millis
  #rates: Map<string, GrantBook> = new Map()
  #slots: Map<string, SlotBook> = new Map()
  readonly #members: Map<string, Member[]> = new Map()
  #seats = 0

  constructor({ clock, latency = () => 1, timeout = 100 }: EngineModelOptions) {
    this.clock = clock
    this.latency = latency
    this.timeout = timeout
  }

  /** As one process sees it. It answers at once; `lose` and `reach` change that. */
  connect(): ModelEngine {
    return new ModelEngine(this)
  }

  /** It loses all that it knew, as a store does that is flushed, or replaced by an empty one. */
  forget(): void {
    this.#rates = new Map()
    this.#slots = new Map()
  }

  reserve(limit: string, ask: ReserveAsk): Grant {
    return bookOf(this.#rates, limit, () => new GrantBook()).reserve(ask, this.clock.now())
  }

  lease(limit: string, seat: string, ask: SlotsAsk): SlotsGrant {
    return bookOf(this.#slots, limit, () => new SlotBook()).ask(seat, ask, this.clock.now())
  }

  giveUp(limit: string, seat: string): void {
    this.#slots.get(limit)?.leave(seat)
  }

  /** Slots of a limit on calls in flight that processes have, with what they cannot give back yet. */
  taken(limit: string): number {
    return this.#slots.get(limit)?.taken ?? 0
  }

  /** Processes that have a limit. */
  members(limit: string): number {
    return this.#members.get(limit)?.length ?? 0
  }

  /** A limit that is begun anew while calls of the old still run is a member by itself. */
  newSeat(): string {
    this.#seats += 1
    return `seat-${this.#seats}`
  }

  enter(limit: SharedLimit, engine: ModelEngine): () => void {
    const member: Member = { limit, engine }
    const members = bookOf(this.#members, limit.id, () => [] as Member[])
    members.push(member)
    this.count(limit.id)
    return () => {
      members.splice(members.indexOf(member), 1)
      this.count(limit.id)
    }
  }

  /** Tells all that are reached how many they are. */
  count(id: string): void {
    const reached = (this.#members.get(id) ?? []).filter(({ engine }) => engine.state === 'up')
    const weights = reached.reduce((sum, { limit }) => sum + limit.weight, 0)
    for (const { limit } of reached) limit.fleet({ processes: reached.length, share: limit.weight / weights })
  }
}

/** An `Engine` of one process over an `EngineModel`. */
export class ModelEngine implements Engine {
  readonly name = 'model'
  state: EngineState = 'up'
  readonly #model: EngineModel
  readonly #seats: Set<ModelSeat> = new Set()
  readonly #counts: { asked: number; failed: number; losses: number } = { asked: 0, failed: 0, losses: 0 }
  #closed = false

  constructor(model: EngineModel) {
    this.#model = model
  }

  join(limit: SharedLimit): Seat {
    const seat = new ModelSeat(this.#model, this, limit, this.#counts, () => this.#seats.delete(seat))
    this.#seats.add(seat)
    limit.state(this.state)
    return seat
  }

  /** This process no longer reaches it: what is under way is not answered. */
  lose(why = 'lost by a test'): void {
    this.state = 'lost'
    this.#counts.losses += 1
    for (const { limit } of this.#seats) limit.state('lost', why)
  }

  reach(): void {
    if (this.#closed) return
    this.state = 'up'
    for (const { limit } of this.#seats) {
      limit.state('up')
      this.#model.count(limit.id)
    }
  }

  inspect(): EngineSnapshot {
    return { name: this.name, state: this.state, ...this.#counts }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const seats = [...this.#seats]
    for (const seat of seats) seat.leave()
    this.state = 'lost'
    for (const { limit } of seats) limit.state('lost', 'the engine is closed')
  }
}

class ModelSeat implements Seat {
  readonly limit: SharedLimit
  readonly #model: EngineModel
  readonly #engine: ModelEngine
  readonly #counts: { asked: number; failed: number }
  readonly #left: () => void
  readonly #id: string
  #gone = false

  constructor(model: EngineModel, engine: ModelEngine, limit: SharedLimit, counts: { asked: number; failed: number }, gone: () => void) {
    this.#model = model
    this.#engine = engine
    this.limit = limit
    this.#counts = counts
    this.#id = model.newSeat()
    const out = model.enter(limit, engine)
    this.#left = () => {
      gone()
      out()
      model.giveUp(limit.id, this.#id)
    }
  }

  reserve(ask: ReserveAsk, done: (grant: Grant | undefined) => void): void {
    this.#asked(() => this.#model.reserve(this.limit.id, ask), done)
  }

  slots(ask: SlotsAsk, done: (grant: SlotsGrant | undefined) => void): void {
    this.#asked(() => this.#lease(ask), done)
  }

  leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#left()
  }

  /** An ask that is under way as its process leaves comes to nothing that would stay. */
  #lease(ask: SlotsAsk): SlotsGrant {
    const grant = this.#model.lease(this.limit.id, this.#id, ask)
    if (this.#gone) this.#model.giveUp(this.limit.id, this.#id)
    return grant
  }

  /** Decided half-way there, heard of at the end; or given up. */
  #asked<T>(decide: () => T, done: (answer: T | undefined) => void): void {
    const { clock, latency, timeout } = this.#model
    const sent = clock.now()
    const took = latency()
    this.#counts.asked += 1
    const give = (): void => {
      this.#counts.failed += 1
      done(undefined)
    }
    if (this.#engine.state !== 'up' || took > timeout) return void clock.schedule(sent + timeout, false, give, undefined)
    clock.schedule(sent + took / 2, false, () => {
      const answer = decide()
      clock.schedule(sent + took, false, () => (this.#engine.state === 'up' ? done(answer) : give()), undefined)
    }, undefined)
  }
}

function bookOf<T>(books: Map<string, T>, limit: string, make: () => T): T {
  const known = books.get(limit) ?? make()
  books.set(limit, known)
  return known
}
