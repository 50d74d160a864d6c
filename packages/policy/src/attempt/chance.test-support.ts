import type { Millis, Random } from '../types.ts'

/** mulberry32: enough for tests, and the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = Math.imul(state ^ (state >>> 15), state | 1)
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

export function always(value: number): Random {
  return { next: () => value }
}

export type Latency = (random: Random) => Millis

export function lognormal(median: Millis, sigma: number): Latency {
  return (random) => median * Math.exp(sigma * normal(random))
}

/** Two operations under one name: a cached read and one that goes to the disk. */
export function bimodal(fast: Latency, slow: Latency, slowShare: number): Latency {
  return (random) => (random.next() < slowShare ? slow(random) : fast(random))
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}
