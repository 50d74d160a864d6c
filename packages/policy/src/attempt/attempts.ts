import type { Instant, Millis } from '../types.ts'
import type { PlannedCall } from './options.ts'
import { CallPlan } from './plan.ts'
import { AttemptsState } from './state.ts'

/** Serialisable. */
export interface AttemptsSnapshot {
  readonly budget: number
  readonly backupBudget: number
  readonly storm: { readonly share: number; readonly late: number; readonly armed: number }
  /** `delay` is absent while cold; `own` says whether it is the operation's or, for lack of samples, the service's. */
  readonly operations: readonly {
    readonly name: string
    readonly delay?: Millis
    readonly own: boolean
    readonly samples: number
    readonly armed: number
    readonly late: number
  }[]
}

/**
 * Everything that decides about extra tries to one service. It outlives policy changes; each call gets a `CallPlan` that
 * decides by it.
 */
export class Attempts extends AttemptsState {
  plan(call: PlannedCall): CallPlan {
    return new CallPlan(this, this.operation(call.operation), call)
  }

  inspect(now: Instant): AttemptsSnapshot {
    return {
      budget: this.budget.balance(now),
      backupBudget: this.backupBudget.balance(now),
      storm: this.storm.inspect(now),
      operations: [...this.operations.values()].map((operation) => {
        const delay = this.delay(operation, now)
        return {
          name: operation.name,
          ...(delay === undefined ? {} : { delay }),
          own: operation.delay.delay(now) !== undefined,
          samples: operation.delay.samples,
          armed: operation.armed,
          late: operation.late,
        }
      }),
    }
  }
}
