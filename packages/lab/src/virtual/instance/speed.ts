import type { Instant } from '@inmesh/policy'

/** What service times are multiplied by now. */
export type Factor = (now: Instant) => number

/** All that makes a replica faster or slower; what applies at once is multiplied. */
export class Speed {
  private readonly own: number
  private readonly factors: Factor[] = []

  constructor(own: number) {
    this.own = own
  }

  add(factor: Factor): void {
    this.factors.push(factor)
  }

  remove(factor: Factor): void {
    const at = this.factors.indexOf(factor)
    if (at >= 0) this.factors.splice(at, 1)
  }

  at(now: Instant): number {
    const { factors } = this
    if (factors.length === 0) return this.own
    return factors.reduce((product, factor) => product * factor(now), this.own)
  }
}

/** From `factor` down to 1 along a straight line. */
export function warming(factor: number, from: Instant, length: number): Factor {
  return (now) => (now >= from + length ? 1 : factor + ((1 - factor) * (now - from)) / length)
}
