import { GlobalLimiter, Observers, type Clock, type Engine, type EngineSnapshot, type EngineState, type Seat, type SharedLimit } from '@inmesh/pipeline'
import type { Criticality, Grant, Instant, Millis, ReserveAsk } from '@inmesh/policy'
import type { Random } from '../random.ts'

/** What a process has of the world. */
export interface Surroundings {
  readonly rate: number
  readonly burst: number
  /** Of all its calls. */
  readonly criticality: Criticality
  readonly byCriticality: boolean | { readonly floor: number }
  readonly clock: Clock
  readonly random: Random
  /** Sends an ask, or a hello, which asks for nothing; exactly one answer, or undefined, comes back. */
  send(ask: ReserveAsk | 'hello', done: (answer: Grant | 'hello' | undefined) => void): void
  after(delay: Millis, then: () => void): void
}

/** As the engine over Redis has it: the pause between two hellos. */
const [SHORTEST, LONGEST, GROWS]: readonly [Millis, Millis, number] = [40, 200, 1.2]
const KEY = 'all'

/** A process: the limiter that ships, over an engine that is lost and found again as the one over Redis is. */
export class ModelProcess implements Engine {
  readonly name = 'model'
  readonly limiter: GlobalLimiter
  failed = 0
  /** The most that it ever added to the bound. */
  hold = 0
  readonly #world: Surroundings
  #limit: SharedLimit | undefined
  #state: EngineState = 'up'
  #share: number

  constructor(world: Surroundings, processes: number) {
    const { rate, burst, byCriticality, clock, random } = world
    this.#world = world
    this.#share = 1 / processes
    const terms = { id: 'fleet/limit', rate, per: 1_000, burst, maxKeys: 1, weight: 1, byCriticality, engineLost: 'local-share', minProcesses: 1 } as const
    this.limiter = new GlobalLimiter(terms, this, { service: 'fleet', clock, observers: new Observers(), random })
    this.resize(processes)
  }

  /** It hears how many they are. */
  resize(processes: number): void {
    this.#share = 1 / processes
    this.limiter.fleet({ processes, share: this.#share })
    this.#weigh()
  }

  /** Whether a call is admitted. */
  call(now: Instant): boolean {
    const admitted = this.limiter.take(KEY, now, this.#world.criticality) === 0
    this.#weigh()
    return admitted
  }

  join(limit: SharedLimit): Seat {
    this.#limit = limit
    limit.state('up')
    return { reserve: (ask, done) => this.#reserve(ask, done), slots: (_, done) => done(undefined), leave: () => {} }
  }

  inspect(): EngineSnapshot {
    return { name: this.name, state: this.#state, asked: 0, failed: this.failed, losses: 0 }
  }

  async close(): Promise<void> {}

  #reserve(ask: ReserveAsk, done: (grant: Grant | undefined) => void): void {
    this.#world.send(ask, (answer) => {
      const grant = typeof answer === 'object' ? answer : undefined
      done(grant)
      if (grant !== undefined) return
      this.failed++
      this.#lose()
    })
  }

  #lose(): void {
    if (this.#state === 'lost') return
    this.#state = 'lost'
    this.#limit?.state('lost', 'no answer')
    this.#pause(SHORTEST)
  }

  /** Each by its own dice, so that not all come back at once. */
  #pause(length: Millis): void {
    this.#world.after(length * (1 + this.#world.random.next()), () => this.#world.send('hello', (answer) => {
      if (answer === undefined) return this.#pause(Math.min(LONGEST, GROWS * length))
      this.#state = 'up'
      this.#limit?.state('up')
    }))
  }

  #weigh(): void {
    this.hold = Math.max(this.hold, (this.limiter.excess - this.#world.burst) * this.#share)
  }
}
