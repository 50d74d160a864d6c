import { LeaseTable, type Criticality, type Fleet, type LeaseShare, type Millis } from '@inmesh/policy'
import type { GlobalTerms } from './global-terms.ts'

/** For how long tokens are asked for ahead. Shorter: less is held, more is asked. */
const REFRESH = 100
const LONGEST_REFRESH = 1000
/** One in thirty years: what comes more seldom never comes, and is no number to reckon with. */
const RAREST = 1e12
/** Asks a second and key that all processes together may make: one Redis core answers some 10⁴. */
const ASKS_PER_MS = 1

/** How far ahead each class may reserve, in times of the refresh. Who reserves further ahead is served first when not all can be. */
const AHEAD: Readonly<Record<Criticality, number>> = { CRITICAL_PLUS: 2, CRITICAL: 2, SHEDDABLE_PLUS: 0.5, SHEDDABLE: 0 }
const alike: Criticality = 'CRITICAL'

/** What this process holds of one limit: one table, or one for each class of calls that reserves as far ahead. */
export class LeaseClasses {
  readonly #terms: GlobalTerms
  readonly #byCriticality: boolean
  readonly #floor: number
  readonly #tables: Map<number, LeaseTable> = new Map()
  #fleet: Fleet
  #refresh: Millis = REFRESH
  readonly #seed: number

  /** `seed`: of where keys are kept, so that nobody who sends them can choose them to be slow. */
  constructor(terms: GlobalTerms, fleet: Fleet, seed: number) {
    const { byCriticality } = terms
    this.#terms = terms
    this.#byCriticality = byCriticality !== false
    this.#floor = typeof byCriticality === 'object' ? byCriticality.floor : 0
    this.#fleet = fleet
    this.#seed = seed
  }

  get all(): Iterable<LeaseTable> {
    return this.#tables.values()
  }

  get refresh(): Millis {
    return this.#refresh
  }

  of(criticality: Criticality): LeaseTable {
    const ahead = AHEAD[this.#byCriticality ? criticality : alike]
    return this.#tables.get(ahead) ?? this.#make(ahead)
  }

  /** Larger chunks the more there are to ask, and the longer an answer takes. Answers whether that changed anything. */
  resize(fleet: Fleet, roundTrip: Millis): boolean {
    const refresh = Math.min(LONGEST_REFRESH, Math.max(REFRESH, fleet.processes / ASKS_PER_MS, 4 * roundTrip))
    const near = Math.abs(refresh - this.#refresh) < this.#refresh / 4
    if (near && fleet.share === this.#fleet.share && fleet.processes === this.#fleet.processes) return false
    this.#fleet = fleet
    if (!near) this.#refresh = refresh
    for (const table of this.#tables.values()) table.resize(this.#share())
    return true
  }

  #make(ahead: number): LeaseTable {
    const { rate, per, burst, maxKeys } = this.#terms
    const floor = ahead === 0 ? this.#floor : 0
    const table = new LeaseTable({ interval: Math.min(per / rate, RAREST), burst, ahead, floor, floorAhead: AHEAD[alike], maxKeys, seed: this.#seed })
    table.resize(this.#share())
    this.#tables.set(ahead, table)
    return table
  }

  #share(): LeaseShare {
    return { share: this.#fleet.share, refresh: this.#refresh }
  }
}
