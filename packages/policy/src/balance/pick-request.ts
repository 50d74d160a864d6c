import type { Operation } from '../estimate/operation.ts'
import type { Visited } from './visited.ts'

/** What a try asks of the balancer. */
export interface PickRequest<T> {
  /** The try's operation: its median is the unit of slowness. */
  readonly stats: Operation
  /** Endpoints that the call has used already. The pick adds the new one. */
  readonly visited: Visited<T>
  /** The try may run concurrently with another: it may be sent where least is known (a starved endpoint, a probe). */
  readonly mayExplore: boolean
  /** A backup or rescue: rather no endpoint than a visited one. Otherwise visited ones are used when nothing else is available. */
  readonly mustDiffer: boolean
  /** The call's last try did not reach its endpoint: rather one that is out and not visited than that one again. Default false. */
  readonly unreached?: boolean
  /** Calls with one key go to one endpoint, where the policy is `hash`. Default: none, and latency balances. */
  readonly affinity?: string | undefined
  /** False: round robin picks, whatever the policy says (mode `observe` or `off`). */
  readonly balanceOn: boolean
  /** False: ejection and `Retry-After` are computed and not applied. */
  readonly ejectOn: boolean
}
