import type { Random } from '@inmesh/policy'

/**
 * Chance that repeats: the same seed (any whole number) gives the same numbers on every machine. For tests and
 * simulations; not for secrets.
 *
 * xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32 so that neighbouring seeds have nothing in common.
 */
export function seededRandom(seed: number): Random {
  const fill = splitmix32(seed)
  return new Xoshiro128(fill(), fill(), fill(), fill())
}

class Xoshiro128 implements Random {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(a: number, b: number, c: number, d: number) {
    this.a = a
    this.b = b
    this.c = c
    this.d = d
  }

  /** 53 random bits: with 32 a draw could not hit shares below 2⁻³², and sums of many draws would show the grid. */
  next(): number {
    return ((this.bits() >>> 5) * 0x4000000 + (this.bits() >>> 6)) / 0x20000000000000
  }

  private bits(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9)
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = rotate(this.d, 11)
    return result
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
}
