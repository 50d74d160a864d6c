import type { EngineState, Seat, SharedLimit } from '@inmesh/pipeline'
import type { Fleet, Grant, ReserveAsk, SlotsAsk, SlotsGrant } from '@inmesh/policy'
import type { RedisEngine } from '@inmesh/redis'

/** 100 a second, 20 at once. */
export function ask(changes: Partial<ReserveAsk> = {}): ReserveAsk {
  return { key: '', interval: 10, burst: 20, settle: 0, want: 10, horizon: 200, floor: 0, floorHorizon: 0, burstUsed: 'never', longest: Infinity, ...changes }
}

export function slotsAsk(changes: Partial<SlotsAsk> = {}): SlotsAsk {
  return { max: 40, want: 40, inUse: 0, lease: 1000, weight: 1, ...changes }
}

/** A limit that remembers what it was told. */
export class Told implements SharedLimit {
  readonly id: string
  readonly weight: number
  readonly states: { readonly state: EngineState; readonly why: string | undefined; readonly at: number }[] = []
  readonly fleets: Fleet[] = []
  private readonly waiting = new Set<() => void>()

  constructor(id = 'catalog/limit', weight = 1) {
    this.id = id
    this.weight = weight
  }

  state(state: EngineState, why?: string): void {
    this.states.push({ state, why, at: performance.now() })
    this.wake()
  }

  fleet(fleet: Fleet): void {
    this.fleets.push(fleet)
    this.wake()
  }

  get latest(): EngineState | undefined {
    return this.states.at(-1)?.state
  }

  /** When it has been told so much that this holds. */
  async until(holds: (told: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => void this.waiting.add(resolve))
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve()
    this.waiting.clear()
  }
}

export interface Joined {
  readonly told: Told
  readonly seat: Seat
  reserve(changes?: Partial<ReserveAsk>): Promise<Grant | undefined>
  slots(changes?: Partial<SlotsAsk>): Promise<SlotsGrant | undefined>
}

export function join(engine: RedisEngine, id?: string, weight?: number): Joined {
  const told = new Told(id, weight)
  const seat = engine.join(told)
  return {
    told,
    seat,
    reserve: (changes) => new Promise((resolve) => seat.reserve(ask(changes), resolve)),
    slots: (changes) => new Promise((resolve) => seat.slots(slotsAsk(changes), resolve)),
  }
}
