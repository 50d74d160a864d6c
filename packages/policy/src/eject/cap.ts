import type { Endpoint } from '../balance/endpoint.ts'
import { fleetOf, type Level } from './levels.ts'

/**
 * Whether so many are out that no more may be: `max(1, ⌊maxShare · n⌋)`, of the pool, or where priorities differ of this
 * endpoint's own.
 */
export function isCapped<T>(
  { priority }: Endpoint<T>, out: ReadonlySet<Endpoint<T>>, members: number, levels: readonly Level<T>[] | undefined, maxShare: number,
): boolean {
  if (levels === undefined) return out.size >= most(maxShare, members)
  let outThere = 0
  for (const other of out) if (other.priority === priority) outThere += 1
  return outThere >= most(maxShare, fleetOf(priority, members, levels))
}

function most(maxShare: number, members: number): number {
  return Math.max(1, Math.floor(maxShare * members))
}
