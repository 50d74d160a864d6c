/** Chance, handed in: [0, 1). */
export interface Random {
  next(): number
}

const TWO_TO_32 = 4_294_967_296

/** Finaliser of MurmurHash3 (Austin Appleby): every input bit reaches every output bit. */
function mix(word: number): number {
  let hash = word >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * A number in (0, 1) that depends on nothing but its keys. Service times are drawn like this, so that a call takes as
 * long on a given replica whichever contender sent it, in whatever order, and also after the replica was restarted.
 */
export function draw(...keys: readonly number[]): number {
  let hash = 0x9e3779b9
  for (const key of keys) hash = mix(Math.imul(hash, 0x01000193) ^ mix(key + 0x7f4a7c15))
  return (mix(hash) + 0.5) / TWO_TO_32
}

/** `draw` with the seed mixed in beforehand and three keys, for those who draw by the million: the same numbers. */
export class Draws {
  private readonly seeded: number

  constructor(seed: number) {
    this.seeded = mix(Math.imul(0x9e3779b9, 0x01000193) ^ mix(seed + 0x7f4a7c15))
  }

  of(call: number, replica: number, purpose: number): number {
    let hash = mix(Math.imul(this.seeded, 0x01000193) ^ mix(call + 0x7f4a7c15))
    hash = mix(Math.imul(hash, 0x01000193) ^ mix(replica + 0x7f4a7c15))
    hash = mix(Math.imul(hash, 0x01000193) ^ mix(purpose + 0x7f4a7c15))
    return (mix(hash) + 0.5) / TWO_TO_32
  }
}

/** A seeded stream: sfc32 (Chris Doty-Humphrey, PractRand), seeded through the mixer and warmed up. */
export function seededRandom(seed: number): Random {
  let a = mix(seed)
  let b = mix(seed + 1)
  let c = mix(seed + 2)
  let counter = 1
  const next = (): number => {
    const word = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + word) | 0
    return (word >>> 0) / TWO_TO_32
  }
  for (let round = 0; round < 15; round++) next()
  return { next }
}
