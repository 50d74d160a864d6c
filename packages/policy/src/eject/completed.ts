import type { Endpoint } from '../balance/endpoint.ts'
import type { Instant, Millis } from '../types.ts'

/**
 * Counts a completed try of an endpoint that never failed: two plain counters, since thousands of endpoints never do.
 * `epoch`: how many whole windows have passed.
 */
export function countCompleted<T>(endpoint: Endpoint<T>, epoch: number): void {
  if (epoch !== endpoint.epoch) {
    endpoint.completedBefore = epoch === endpoint.epoch + 1 ? endpoint.completed : 0
    endpoint.completed = 0
    endpoint.epoch = epoch
  }
  endpoint.completed += 1
}

/** Completed tries in the window up to now, the previous window's taken as even. */
export function completedLately<T>(endpoint: Endpoint<T>, window: Millis, now: Instant): number {
  const position = now / window
  const epoch = Math.floor(position)
  if (epoch === endpoint.epoch) return endpoint.completed + Math.floor(endpoint.completedBefore * (1 - position + epoch))
  return epoch === endpoint.epoch + 1 ? Math.floor(endpoint.completed * (1 - position + epoch)) : 0
}
