import { CRITICALITIES } from '../deadline/criticality.ts'
import type { AdmissionOptions } from './options.ts'

/** A class that could not use its share when it came may make up for two requests, and no more. */
const MOST_OWED = 2

/**
 * Whose turn it is: the most critical that wait, but for classes with a share of their own, which are owed a part of each
 * start that happens while they wait and go first once a whole one is owed. Shares are of starts and not of slots, since a
 * process that computes has one request in hand at a time, of which there are no parts.
 */
export class Turns {
  #shares: readonly number[] = []
  readonly #owed = new Float64Array(CRITICALITIES.length)

  constructor(shares: Required<AdmissionOptions>['shares']) {
    this.configure(shares)
  }

  configure(shares: Required<AdmissionOptions>['shares']): void {
    const given = CRITICALITIES.map((criticality) => Math.max(0, shares[criticality] ?? 0))
    const sum = given.reduce((total, share) => total + share, 0)
    this.#shares = sum > 1 ? given.map((share) => share / sum) : given
  }

  /** The class that is next; −1 when nobody waits. Changes nothing. */
  next(waits: (rank: number) => boolean): number {
    let first = -1
    for (let rank = 0; rank < CRITICALITIES.length; rank++) {
      if (!waits(rank)) continue
      if (this.#owed[rank]! >= 1) return rank
      if (first === -1) first = rank
    }
    return first
  }

  /** One of this class was started. Those that nobody waits in are owed nothing. */
  started(rank: number, waits: (rank: number) => boolean): void {
    for (let each = 0; each < CRITICALITIES.length; each++) {
      const share = this.#shares[each]!
      if (share === 0) continue
      const owed = each === rank || waits(each) ? this.#owed[each]! + share : 0
      this.#owed[each] = Math.min(MOST_OWED, each === rank ? Math.max(0, owed - 1) : owed)
    }
  }
}
