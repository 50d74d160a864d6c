import { draw, seededRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { OpenLoad } from '../scenario/load.ts'
import { nextAfter, ratesOf } from './rates.ts'
import type { Stretch } from './rates.ts'

/** Every call of a run, in the order they are due. Follows from the load and the seed alone. */
export interface Plan {
  /** When each call is due, in ms from the end of the warm-up; calls of the warm-up are below zero. */
  readonly dueAt: Float64Array
  /** Index into the load's classes. */
  readonly classOf: Uint8Array
}

export function planCalls(load: OpenLoad, seed: number): Plan {
  const stream = new CallStream(load, seed)
  const dueAt: number[] = []
  const classOf: number[] = []
  while (stream.next()) {
    dueAt.push(stream.at)
    classOf.push(stream.requestClass)
  }
  return { dueAt: Float64Array.from(dueAt), classOf: Uint8Array.from(classOf) }
}

/**
 * The calls of a plan one by one, for runs whose plan would not fit into memory. Poisson arrivals have exponential gaps,
 * so that what is due next does not depend on what came before; where the rate changes, gaps are stretched by it
 * (time rescaling: Brown et al., "The time-rescaling theorem", 2002).
 */
export class CallStream {
  /** When the call is due, in ms from the end of the warm-up. */
  at: number
  /** Index into the load's classes. */
  requestClass = 0
  private readonly load: OpenLoad
  private readonly random: Random
  private readonly pick: (u: number) => number
  private readonly rates: readonly Stretch[]
  private taken = 0

  constructor(load: OpenLoad, seed: number) {
    this.load = load
    this.random = seededRandom(seed)
    this.pick = classPicker(load.classes.map(({ weight }) => weight))
    this.at = -load.warmUp
    this.rates = ratesOf(load)
  }

  /** Moves on to the next call; false when there is none. */
  next(): boolean {
    this.at = this.dueNext()
    if (this.at >= this.load.duration) return false
    this.requestClass = this.pick(this.random.next())
    return true
  }

  private dueNext(): number {
    const { load, random, at } = this
    switch (load.arrivals) {
      case 'poisson':
        return at + (-Math.log(1 - random.next()) / load.rate) * 1_000
      case 'uniform':
        return at + 1_000 / load.rate
      case 'trace':
        return load.instants[this.taken++] ?? Infinity
      default:
        return nextAfter(this.rates, at, load.gaps === 'poisson' ? -Math.log(1 - random.next()) : 1)
    }
  }
}

/** Which class a call is of, for a number of [0, 1). */
export function classPicker(weights: readonly number[]): (u: number) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return (u) => {
    let left = u * total
    const at = weights.findIndex((weight) => (left -= weight) < 0)
    return at === -1 ? weights.length - 1 : at
  }
}

/** The path of one call: each `:name` a number up to 1,000 that follows from the seed and the call. */
export function pathOf(template: string, seed: number, call: number): string {
  return template.replace(/:\w+/g, () => String(1 + Math.floor(draw(seed, call, 0x1d) * 1_000)))
}
