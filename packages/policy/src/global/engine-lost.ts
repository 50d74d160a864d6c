import type { Fleet } from './grant.ts'

/**
 * What a limit of many processes does while its engine does not answer. `local-share`: this process has its share of
 * `LOCAL_PART`. `open`: a rate admits every call, and of calls in flight each process may have as many as all. `closed`: nothing
 * but what this process holds already.
 */
export type EngineLost = 'local-share' | 'open' | 'closed'

/**
 * Of a limit the part that processes which count by themselves share among them: while these are cut off, others may still
 * share all of it.
 */
export const LOCAL_PART = 0.8

/**
 * As many as this process may reckon with: what is known of others may be too few, never too many. `fleet`: undefined while
 * nothing is known; then it is one of `least`.
 */
export function amongAtLeast(fleet: Fleet | undefined, least: number): Fleet {
  const { processes, share } = fleet ?? { processes: 1, share: 1 }
  return { processes: Math.max(processes, least), share: share * Math.min(1, processes / least) }
}
