import { CRITICALITIES } from '../deadline/criticality.ts'
import type { Criticality } from '../types.ts'

/** How many there were of each criticality. */
export class Tally {
  readonly #counts = new Float64Array(CRITICALITIES.length)

  add(rank: number): void {
    this.#counts[rank]! += 1
  }

  byCriticality(): Record<Criticality, number> {
    return Object.fromEntries(CRITICALITIES.map((criticality, rank) => [criticality, this.#counts[rank]!])) as Record<Criticality, number>
  }
}
