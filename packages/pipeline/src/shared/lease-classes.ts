import { LeaseTable, type Criticality, type Fleet, type LeaseShare, type Millis } from '@inmesh/policy'
import type { GlobalTerms } from './global-terms.ts'

/** For how long tokens are asked for ahead. Shorter: less is held, more is asked. */
const REFRESH: Millis = 100
const LONGEST_REFRESH: Millis = 1000
/** One in thirty years: what comes more seldom never comes, and is no number to reckon with. */
const RAREST: Millis = 1e12

/** The time in which a token comes, for all processes together. */
export function intervalOf({ rate, per }: Pick<GlobalTerms, 'rate' | 'per'>): Millis {
  return Math.min(per / rate, RAREST)
}

/** So many asks a ms for each key, about, of all processes together: one core of Redis answers some ten. Of more than a thousand processes it is more. */
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
    // There from the start, so that what it may hold is told before the first call.
    this.of(alike)
  }

  get all(): Iterable<LeaseTable> {
    return this.#tables.values()
  }

  get refresh(): Millis {
    return this.#refresh
  }

  /** How far ahead calls of this criticality reserve; those that reserve as far are one class. */
  ahead(criticality: Criticality): number {
    return AHEAD[this.#byCriticality ? criticality : alike]
  }

  of(criticality: Criticality): LeaseTable {
    const ahead = this.ahead(criticality)
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
    const { burst, maxKeys } = this.#terms
    const floor = ahead === 0 ? this.#floor : 0
    const table = new LeaseTable({ interval: intervalOf(this.#terms), burst, ahead, floor, floorAhead: AHEAD[alike], maxKeys, seed: this.#seed })
    table.resize(this.#share())
    this.#tables.set(ahead, table)
    return table
  }

  #share(): LeaseShare {
    return { share: this.#fleet.share, refresh: this.#refresh }
  }
}
