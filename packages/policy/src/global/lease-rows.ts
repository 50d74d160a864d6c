import { keyHash } from './key-hash.ts'

/** As in `key-hash.ts`, with the reason. */
const { charCodeAt } = String.prototype

/** Instants of a row, in `times` at `slot * TIMES`. */
export const TIMES = 16
/** From when the tokens held may be spent, and those of the second chunk. */
export const FROM = 0
export const LATER_FROM = 1
/** Nothing is spent on credit before this. */
export const TIGHT = 2
/** The engine is not asked before this. */
export const DENIED = 3
/** When it was asked last. */
export const ASKED_AT = 8
/** Until when it must know the key. */
export const KNOWN = 9

/** Whole numbers of a row, in `counts` at `slot * COUNTS`. Those of a decision lie behind its instants, in the same cache line. */
export const COUNTS = 32
/** Tokens held, and those of the second chunk, which is there only behind a first. */
export const HELD = 8
export const LATER = 9
/** Spent on credit and not settled yet, and how much of it the ask under way settles. */
export const DEBT = 10
export const DEBT_ASKED = 11
/** Tokens that expired and were not given back yet. */
export const EXPIRED = 12
/** Calls since the last ask. */
export const CALLS = 13
/** How many the last ask was for: the next is due when no more than half of it is held. */
export const ASKED_FOR = 14
/** ASKING, USED and REFUSED. */
export const STATE = 15
const HASH = 20
const LENGTH = 21

/** An ask is under way. */
export const ASKING = 1
/** There was a call since the eviction's hand went past. */
export const USED = 2
/** The last answer was a refusal. */
export const REFUSED = 4

/** UTF-16 units of a row, the key's behind all numbers. */
const UNITS = 64
const KEY = 44
/** Longer keys lie elsewhere, and cost one more look. */
const SHORT = UNITS - KEY
const FIRST = 16

/**
 * The state of each key and the key itself, in two cache lines side by side, found by a table of row numbers with open
 * addressing. What is random access to a million keys waits for memory: a `Map` of strings is four places for each look-up, and
 * objects behind it seven more; this is two, of which one is often in the cache. 128 bytes a key, and 8 for finding it.
 */
export class LeaseRows {
  times!: Float64Array
  counts!: Int32Array
  size = 0
  readonly #most: number
  readonly #seed: number
  #units!: Uint16Array
  readonly #long: Map<number, string> = new Map()
  /** Row numbers from 1, with bits of the key's hash above; 0: nothing. Twice as many places as rows. */
  #index!: Int32Array
  readonly #rowBits: number

  /** `seed`: so that nobody can prepare keys that share a place. */
  constructor(most: number, seed: number) {
    this.#most = most
    this.#seed = seed
    this.#rowBits = (1 << Math.ceil(Math.log2(most + 1))) - 1
    this.#allocate(Math.min(FIRST, most))
  }

  get full(): boolean {
    return this.size === this.#most
  }

  /** The key's row, or −1. */
  find(key: string): number {
    const index = this.#index
    const hash = keyHash(key, this.#seed)
    const mask = index.length - 1
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = index[at]!
      if (entry === 0) return -1
      if (((entry ^ hash) & ~this.#rowBits) !== 0) continue
      const slot = (entry & this.#rowBits) - 1
      if (this.#is(slot, key, hash)) return slot
    }
  }

  /** A row for a key that has none, as if nothing had been before. There must be room. */
  add(key: string): number {
    const slot = this.size++
    if (slot * TIMES === this.times.length) this.#grow()
    this.#begin(slot, key)
    return slot
  }

  /** The row becomes another key's, which has none. */
  replace(slot: number, key: string): void {
    this.#unlink(slot)
    this.#long.delete(slot)
    this.#begin(slot, key)
  }

  keyOf(slot: number): string {
    const length = this.counts[slot * COUNTS + LENGTH]!
    if (length > SHORT) return this.#long.get(slot)!
    const from = slot * UNITS + KEY
    return String.fromCharCode(...this.#units.subarray(from, from + length))
  }

  #begin(slot: number, key: string): void {
    const c = slot * COUNTS
    this.counts.fill(0, c, c + COUNTS)
    for (const instant of [FROM, LATER_FROM, TIGHT, DENIED, ASKED_AT, KNOWN]) this.times[slot * TIMES + instant] = -Infinity
    this.counts[c + HASH] = keyHash(key, this.#seed)
    this.counts[c + LENGTH] = key.length
    if (key.length > SHORT) this.#long.set(slot, key)
    else for (let i = 0; i < key.length; i++) this.#units[slot * UNITS + KEY + i] = charCodeAt.call(key, i)
    this.#link(slot)
  }

  #is(slot: number, key: string, hash: number): boolean {
    const { length } = key
    const c = slot * COUNTS
    if (this.counts[c + HASH] !== hash || this.counts[c + LENGTH] !== length) return false
    if (length > SHORT) return this.#long.get(slot) === key
    const from = slot * UNITS + KEY
    for (let i = 0; i < length; i++) if (this.#units[from + i] !== charCodeAt.call(key, i)) return false
    return true
  }

  #link(slot: number): void {
    const index = this.#index
    const mask = index.length - 1
    const hash = this.counts[slot * COUNTS + HASH]!
    let at = hash & mask
    while (index[at] !== 0) at = (at + 1) & mask
    index[at] = (hash & ~this.#rowBits) | (slot + 1)
  }

  /** Those behind it that its place kept from their own move up, so that a look-up may stop at the first empty place. */
  #unlink(slot: number): void {
    const index = this.#index
    const mask = index.length - 1
    let gap = this.#home(slot, mask)
    while ((index[gap]! & this.#rowBits) !== slot + 1) gap = (gap + 1) & mask
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home((index[at]! & this.#rowBits) - 1, mask)
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      index[gap] = index[at]!
      gap = at
    }
    index[gap] = 0
  }

  #home(slot: number, mask: number): number {
    return this.counts[slot * COUNTS + HASH]! & mask
  }

  #grow(): void {
    const { counts } = this
    const rows = counts.length / COUNTS
    this.#allocate(Math.min(rows * 2, this.#most))
    // As whole numbers, which are copied bit by bit.
    this.counts.set(counts)
    for (let slot = 0; slot < rows; slot++) this.#link(slot)
  }

  #allocate(rows: number): void {
    const buffer = new ArrayBuffer(rows * COUNTS * 4)
    this.times = new Float64Array(buffer)
    this.counts = new Int32Array(buffer)
    this.#units = new Uint16Array(buffer)
    this.#index = new Int32Array(2 << Math.ceil(Math.log2(rows)))
  }
}
