import type { Claims } from './claims.ts'
import { SLOTS } from './ranks.ts'

/** So many of a slot's order are kept: what takes more is looked up among all. */
const KEPT = 4
/** Claims gathered for an ordinary slot: of 10,000 slots three have none then, and 400 have fewer than four. */
const GATHERED = 8

/**
 * The first few of each slot's order, for pools in which asking everybody for each pick costs too much. Made from the
 * strongest claims of each endpoint, so at a cost of slots and not of slots times endpoints: some milliseconds, whatever
 * the size of the pool. 512 KiB.
 */
export class ClaimTable {
  readonly #places: Uint16Array | Uint32Array
  readonly #none: number

  constructor(claims: Claims<unknown>) {
    this.#none = claims.count < 0xffff ? 0xffff : 0xffffffff
    this.#places = claims.count < 0xffff ? new Uint16Array(SLOTS * KEPT) : new Uint32Array(SLOTS * KEPT)
    this.#places.fill(this.#none)
    const level = claims.levelOf(GATHERED)
    for (let i = 0; i < claims.count; i++) claims.slotsBelow(i, level, (slot, claim) => this.#insert(claims, i, slot, claim))
  }

  /** Who comes at this place of a slot's order, from 0 on; -1 when it is not known here. */
  at(slot: number, place: number): number {
    if (place >= KEPT) return -1
    const i = this.#places[slot * KEPT + place]!
    return i === this.#none ? -1 : i
  }

  #insert(claims: Claims<unknown>, i: number, slot: number, claim: number): void {
    const from = slot * KEPT
    let place = KEPT
    while (place > 0 && this.#isWeaker(claims, this.#places[from + place - 1]!, slot, claim)) place -= 1
    if (place === KEPT) return
    this.#places.copyWithin(from + place + 1, from + place, from + KEPT - 1)
    this.#places[from + place] = i
  }

  #isWeaker(claims: Claims<unknown>, other: number, slot: number, claim: number): boolean {
    return other === this.#none || claims.of(other, slot) > claim
  }
}
