import type { Random } from '../types.ts'

/**
 * Whose turn it is, by earliest deadline: who has had one is due again after 1 / weight (gRPC's A58 and Envoy schedule
 * weighted round robin like this; it interleaves as smoothly as nginx's, which looks at everybody for each pick). A heap,
 * so O(log n). A weight may change from turn to turn.
 */
export class Turns {
  /** Places in the caller's list, the earliest due first. */
  readonly #heap: Uint32Array
  readonly #dueAt: Float64Array
  /** Taken out while looking further, to be put back. */
  readonly #aside: Uint32Array
  #size: number
  #asideSize = 0

  /**
   * First turns are spread at random: as they would be had it gone on for ever, so a changed list neither begins with a
   * burst nor makes a thousand clients begin with the same endpoint.
   */
  constructor(count: number, weightOf: (place: number) => number, random: Random) {
    this.#size = count
    this.#heap = new Uint32Array(count)
    this.#aside = new Uint32Array(count)
    this.#dueAt = new Float64Array(count)
    for (let place = 0; place < count; place++) {
      this.#heap[place] = place
      this.#dueAt[place] = random.next() / weightOf(place)
    }
    for (let at = (count >> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  /** The place whose turn it is; -1 when none is left. */
  get first(): number {
    return this.#size === 0 ? -1 : this.#heap[0]!
  }

  /** The first is passed over without losing its turn, until `restore`. */
  skip(): void {
    this.#aside[this.#asideSize++] = this.#heap[0]!
    this.#heap[0] = this.#heap[--this.#size]!
    this.#sink(0)
  }

  /** The first has had its turn. */
  taken(weight: number): void {
    this.#dueAt[this.#heap[0]!]! += 1 / weight
    this.#sink(0)
  }

  /** Those that were skipped stand where they stood. */
  restore(): void {
    while (this.#asideSize > 0) {
      this.#heap[this.#size] = this.#aside[--this.#asideSize]!
      this.#rise(this.#size++)
    }
  }

  #rise(at: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(at: number): void {
    for (;;) {
      const left = 2 * at + 1
      if (left >= this.#size) return
      const right = left + 1
      const child = right < this.#size && this.#isBefore(right, left) ? right : left
      if (!this.#isBefore(child, at)) return
      this.#swap(at, child)
      at = child
    }
  }

  /** Of two due at one time the lower place, so that looking and putting back changes nothing. */
  #isBefore(a: number, b: number): boolean {
    const x = this.#heap[a]!
    const y = this.#heap[b]!
    const difference = this.#dueAt[x]! - this.#dueAt[y]!
    return difference < 0 || (difference === 0 && x < y)
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = kept
  }
}
