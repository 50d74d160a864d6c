import type { BackupOptions, BalanceOptions, BudgetOptions, Criticality, EjectOptions, GuardOptions, Millis, RescueOptions, RetryOptions, ReweightOptions } from '@inmesh/policy'
import type { AffinityKey } from './interceptors/balance.ts'
import type { Fallback } from './interceptors/fallback.ts'
import type { LimitOptions } from './interceptors/limit.ts'
import type { BreakerOptions } from './interceptors/breaker.ts'
import type { ConcurrencyOptions } from './shared/concurrency-options.ts'
import type { DropOptions } from './interceptors/drop.ts'
import type { AnyLayer } from './layer.ts'
import type { Mode } from './mode.ts'

/** A policy and how far it may go. */
export type Governed<T> = Partial<T> & { readonly mode?: Mode }

/**
 * All policies of one service with every duration in milliseconds: what the face makes of a user's configuration and
 * what the preset is compiled from. A part that is absent has its default; `false` takes it out.
 */
export interface ServicePolicy {
  /** How far any policy of this service may go. Default `on`. */
  readonly mode?: Mode
  /** What a call is worth that does not say. Default `CRITICAL`. */
  readonly criticality?: Criticality
  readonly timeout?: Timeouts | false
  readonly balance?: Governed<BalanceOptions> & { readonly key?: AffinityKey }
  readonly reweight?: Partial<ReweightOptions>
  readonly eject?: Governed<EjectOptions> | false
  readonly guard?: Governed<GuardOptions> | false
  readonly retry?: Governed<RetryOptions> | false
  readonly backup?: Governed<BackupOptions> | false
  readonly rescue?: Governed<RescueOptions> | false
  /** One budget for every extra try. */
  readonly budget?: Partial<BudgetOptions>
  readonly breaker?: BreakerOptions | false
  readonly limit?: LimitOptions | false
  readonly concurrency?: ConcurrencyOptions | false
  readonly drop?: DropOptions | false
  readonly fallback?: { readonly reply: Fallback; readonly mode?: Mode } | false
  /** The user's own, each at its scope, in the order listed. */
  readonly interceptors?: readonly AnyLayer[]
}

export interface Timeouts {
  /** The whole call, body included. Default: none. */
  readonly total?: Millis
  /** One try, from its dispatch to its head. Default: none. */
  readonly perTry?: Millis
  /** Between two pieces of a body. Default: the client's own. */
  readonly idle?: Millis
  readonly mode?: Mode
}
