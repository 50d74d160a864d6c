import type { Endpoint } from '../balance/endpoint.ts'
import type { Instant } from '../types.ts'
import type { Trial } from './trial.ts'

/** More of them cannot be carried by the rest (Polaris stops its warm-up there too). */
const MOST = 0.5

/**
 * Endpoints that join older ones begin with a tenth of their weight: caches are cold, code is not compiled, pools are
 * empty. An address that was away counts as new. Where more than half would be new, nobody starts slowly, and who was
 * about to does no more: the few old ones would be crushed, and when all are new there is nothing to be slower than.
 */
export function startSlowly<T>(
  added: readonly Endpoint<T>[], members: readonly Endpoint<T>[], trialOf: (endpoint: Endpoint<T>) => Trial, now: Instant,
): void {
  const fresh = new Set(added.filter(({ trial }) => trial?.isOut !== true))
  const starting = members.filter((member) => !fresh.has(member) && member.trial?.isNew === true && member.trial.share(now, 0) < 1)
  if (starting.length + fresh.size > MOST * members.length) for (const { trial } of [...starting, ...fresh]) trial?.endRamp(now)
  else for (const endpoint of fresh) trialOf(endpoint).enter('ramp', now)
}
