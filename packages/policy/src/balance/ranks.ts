import { hashText } from './hash.ts'

/** Keys fall into so many slots; a slot's order of endpoints is the order of all its keys. */
export const SLOTS = 65_536
const MASK: number = SLOTS - 1

const hash = { high: 0, low: 0 }

/**
 * For each of a list of keys a permutation of the slots: where it ranks for a slot is where that slot comes in its
 * permutation. It depends on that key alone, which is the whole of rendezvous hashing: whoever else comes or goes, this
 * endpoint's claim to a slot stays what it was. And other than a hash it can be read backwards: the slots to which an
 * endpoint has the strongest claim are found without looking at all of them.
 *
 * Two rounds of multiplying by an odd number, adding, and folding the high byte into the low one, each of which can be
 * undone. One round alone is a line modulo 65,536, and of two parallel lines one is below the other nearly everywhere.
 */
export class Ranks {
  readonly #times: Uint16Array
  readonly #plus: Uint16Array
  readonly #again: Uint16Array
  readonly #shift: Uint16Array
  /** What undoes the two multiplications. */
  readonly #perTimes: Uint16Array
  readonly #perAgain: Uint16Array

  constructor(keys: readonly { readonly key: string }[]) {
    this.#times = new Uint16Array(keys.length)
    this.#plus = new Uint16Array(keys.length)
    this.#again = new Uint16Array(keys.length)
    this.#shift = new Uint16Array(keys.length)
    this.#perTimes = new Uint16Array(keys.length)
    this.#perAgain = new Uint16Array(keys.length)
    for (let i = 0; i < keys.length; i++) {
      const { high, low } = hashText(keys[i]!.key, hash)
      this.#times[i] = high | 1
      this.#plus[i] = high >>> 16
      this.#again[i] = low | 1
      this.#shift[i] = low >>> 16
      this.#perTimes[i] = inverse(high | 1)
      this.#perAgain[i] = inverse(low | 1)
    }
  }

  /** 0 is the strongest claim. */
  of(i: number, slot: number): number {
    const once = folded((Math.imul(slot, this.#times[i]!) + this.#plus[i]!) & MASK)
    return folded((Math.imul(once, this.#again[i]!) + this.#shift[i]!) & MASK)
  }

  /** The slot for which it has that rank. */
  slotAt(i: number, rank: number): number {
    const once = Math.imul(folded(rank) - this.#shift[i]!, this.#perAgain[i]!) & MASK
    return Math.imul(folded(once) - this.#plus[i]!, this.#perTimes[i]!) & MASK
  }

  /** Decides between two of one rank: 16 bits of the slot and the key, unlike for other slots. */
  tieBreak(i: number, slot: number): number {
    return (Math.imul(slot ^ this.#plus[i]!, 0x9e3779b1 ^ this.#shift[i]!) >>> 16) & MASK
  }
}

/** Its own inverse. */
function folded(value: number): number {
  return value ^ (value >>> 8)
}

/** Of an odd number, modulo 2¹⁶: Newton's iteration doubles the correct bits, of which an odd number itself has three. */
function inverse(odd: number): number {
  let x = odd
  for (let i = 0; i < 3; i++) x = Math.imul(x, 2 - Math.imul(odd, x))
  return x & MASK
}
