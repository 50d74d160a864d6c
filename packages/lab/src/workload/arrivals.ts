import { draw, seededRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { Load } from '../scenario/load.ts'

/** Every call of a run, in the order they are due. Follows from the load and the seed alone. */
export interface Plan {
  /** When each call is due, in ms from the end of the warm-up; calls of the warm-up are below zero. */
  readonly dueAt: Float64Array
  /** Index into the load's classes. */
  readonly classOf: Uint8Array
}

/** Poisson arrivals: exponential gaps, so that what is due next does not depend on what came before. */
export function planCalls(load: Pick<Load, 'rate' | 'warmUp' | 'duration' | 'classes'>, seed: number): Plan {
  const random = seededRandom(seed)
  const dueAt: number[] = []
  const classOf: number[] = []
  const pick = classPicker(load.classes.map(({ weight }) => weight))
  for (let at = nextGap(random, load.rate) - load.warmUp; at < load.duration; at += nextGap(random, load.rate)) {
    dueAt.push(at)
    classOf.push(pick(random.next()))
  }
  return { dueAt: Float64Array.from(dueAt), classOf: Uint8Array.from(classOf) }
}

function nextGap(random: Random, rate: number): number {
  return (-Math.log(1 - random.next()) / rate) * 1_000
}

function classPicker(weights: readonly number[]): (u: number) => number {
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
