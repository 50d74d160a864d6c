import type { Failure, Random } from '../types.ts'
import { Attempts } from './attempts.ts'
import { always } from './chance.test-support.ts'
import type { AttemptsOptions, PlannedCall } from './options.ts'
import type { CallPlan } from './plan.ts'

/** A call that may do everything, with nothing in its way. */
export const CALL: PlannedCall = {
  operation: 'GET /items/:id',
  repeat: 'concurrent',
  deadline: Infinity,
  median: 5,
  suppressed: false,
  retryOn: true,
  backupOn: true,
  rescueOn: true,
  endpoints: 5,
}

export const UNAVAILABLE: Failure = { kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'processed' }
export const UNSENT: Failure = { kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' }
export const REFUSED: Failure = { kind: 'failure', code: 'UNAVAILABLE', reach: 'refused' }

/** Backoff at half its ceiling, 12.5 ms for the first retry; a budget that is never in the way. */
export function service(options: AttemptsOptions = {}, random: Random = always(0.5)): Attempts {
  return new Attempts({ budget: { initial: 1000 }, ...options }, random, 0)
}

/** The backup delay becomes about 60 ms: 98 % of tries answer well below, and some far above. Backups can be afforded, and win. */
export function warm(attempts: Attempts, operation: string = CALL.operation): Attempts {
  for (let i = 0; i < 1000; i++) {
    const plan = attempts.plan({ ...CALL, operation, repeat: 'sequential' })
    plan.succeeded(plan.launched(0, 'w', false), i < 970 ? 5 : 60)
  }
  return winning(attempts)
}

/** Every late call may send a backup, as far as winning goes. */
export function winning(attempts: Attempts): Attempts {
  for (let i = 0; i < 50; i++) attempts.worth.answered(true)
  return attempts
}

/** A plan whose first try is in flight. */
export function begun(attempts: Attempts, call: Partial<PlannedCall> = {}, now = 0): CallPlan {
  const plan = attempts.plan({ ...CALL, ...call })
  plan.launched(now, 'a', false)
  return plan
}
