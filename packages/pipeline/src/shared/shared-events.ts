import type { Millis } from '@inmesh/policy'
import type { EngineState } from '../engine.ts'

/** What a limit of many processes tells, but for which. */
export type SharedEventBody =
  | { readonly type: 'engine-changed'; readonly engine: string; readonly state: EngineState; readonly why?: string }
  /** `excess`: in any window W all processes together admit at most `rate · W` and so many. */
  | { readonly type: 'shares-changed'; readonly processes: number; readonly share: number; readonly refresh: Millis; readonly excess: number }
  /** `settle` below 0: so many tokens were granted and never used; above 0: so many were used before they were granted. */
  | { readonly type: 'lease-asked'; readonly key: string; readonly want: number; readonly settle: number }
  /** `lost`: the engine had forgotten what it knew of this key. */
  | { readonly type: 'lease-granted'; readonly key: string; readonly tokens: number; readonly delay: Millis; readonly lost: boolean }
  | { readonly type: 'lease-refused'; readonly key: string; readonly retryAfter: Millis }
  | { readonly type: 'lease-unanswered'; readonly key: string }
  /** This process may have another number in flight, granted or by what `engineLost` says; `taken` and `processes` are of the last answer. */
  | { readonly type: 'slots-leased'; readonly slots: number; readonly want: number; readonly taken: number; readonly processes: number }

/** One event for each ask and each answer, and not for each call. */
export type SharedEvent = SharedEventBody & {
  /** Such as `catalog/limit`. */
  readonly limit: string
}
