import type { Claims } from './claims.ts'
import { SLOTS } from './ranks.ts'

/** So many of a slot's order are kept: what takes more is looked up among all. */
const KEPT = 4
/** Claims gathered for an ordinary slot: of 10,000 slots three have none then, and 400 have fewer than four. */
const GATHERED = 8

/**
 * The first few of each slot's order, for pools in which asking everybody for each pick costs too much. Made from the
 * strongest claims of each endpoint, read backwards, so at a cost of slots and not of slots times endpoints; and step by
 * step, since all of it at once would hold everything up for tens of milliseconds. 512 KiB when it is complete.
 */
export class ClaimTable {
  complete = false
  readonly #claims: Claims<unknown>
  readonly #level: number
  readonly #none: number
  readonly #places: Uint16Array | Uint32Array
  /** Of those places; not needed any more when all are known. */
  #strengths = new Float64Array(SLOTS * KEPT).fill(Infinity)
  // Whose claims are gathered, and how far.
  #i = 0
  #rank = 0

  constructor(claims: Claims<unknown>) {
    this.#claims = claims
    this.#level = claims.levelOf(GATHERED)
    this.#none = claims.count < 0xffff ? 0xffff : 0xffffffff
    this.#places = claims.count < 0xffff ? new Uint16Array(SLOTS * KEPT) : new Uint32Array(SLOTS * KEPT)
    this.#places.fill(this.#none)
  }

  /** Goes on with so many claims. */
  gather(steps: number): void {
    for (; steps > 0 && this.#i < this.#claims.count; steps--) this.#step()
    if (this.#i < this.#claims.count) return
    this.complete = true
    this.#strengths = new Float64Array(0)
  }

  /** Who comes at this place of a slot's order, from 0 on; -1 when it is not known here. */
  at(slot: number, place: number): number {
    if (place >= KEPT) return -1
    const i = this.#places[slot * KEPT + place]!
    return i === this.#none ? -1 : i
  }

  #step(): void {
    const i = this.#i
    const rank = this.#rank++
    if (rank === SLOTS || this.#claims.strongestOf(i, rank) >= this.#level) {
      this.#i += 1
      this.#rank = 0
      return
    }
    const slot = this.#claims.slotAt(i, rank)
    const claim = this.#claims.ofRank(i, slot, rank)
    // What is only nearly below it may have a stronger one behind it that was not gathered.
    if (claim < this.#level) this.#insert(i, slot * KEPT, claim)
  }

  #insert(i: number, from: number, claim: number): void {
    const strengths = this.#strengths
    let at = from + KEPT - 1
    if (claim >= strengths[at]!) return
    for (; at > from && strengths[at - 1]! > claim; at--) {
      strengths[at] = strengths[at - 1]!
      this.#places[at] = this.#places[at - 1]!
    }
    strengths[at] = claim
    this.#places[at] = i
  }
}
