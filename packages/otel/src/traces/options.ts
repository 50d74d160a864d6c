import { checks } from '@inmesh/pipeline'

/** Which calls are kept though nobody sampled them. Spans are made when the call is over, with the times at which things happened. */
export interface KeepOptions {
  /**
   * Those that took longer than this quantile of their operation's own latencies, as callers have seen them of late. Above 0
   * and below 1. Default 0.99: one call in a hundred, and of a bad minute most. Nothing is slow before five calls were above
   * it (500 calls for 0.99). `false`: none for being slow.
   */
  readonly slow?: number | false
  /** Those that failed for their callers, or whose body broke off. Default `true`. */
  readonly failed?: boolean
  /** Those with more than one try, of whatever cause. Default `true`. */
  readonly retried?: boolean
  /** Those that a policy did not let through. Default `true`. */
  readonly refused?: boolean
  /** At most so many in a second, so that a bad minute does not drown an exporter; those beyond are counted in `inmesh.trace.dropped`. 1 or more. Default 100. */
  readonly perSecond?: number
}

export interface TraceOptions {
  /** Whether calls that the SDK's sampler takes are recorded as they happen. Default `true`; `false` with `keep` for traces of bad calls alone. */
  readonly sampled?: boolean
  /** Whether calls are kept that nobody sampled, and which. Default `false`: more than the sampler was told to let through is not sent unasked. */
  readonly keep?: boolean | KeepOptions
}

/** With every default in place. */
export type KeepTerms = { readonly [K in keyof KeepOptions]-?: Exclude<KeepOptions[K], undefined> }

export interface TraceTerms {
  readonly sampled: boolean
  /** Undefined: nothing is kept. */
  readonly keep: KeepTerms | undefined
}

const DEFAULTS: KeepTerms = { slow: 0.99, failed: true, retried: true, refused: true, perSecond: 100 }

const keepKind = checks.shape<KeepOptions>({
  slow: { accepted: 'a number above 0 and below 1, or false', allows: (value) => value === false || (typeof value === 'number' && value > 0 && value < 1) },
  failed: checks.flag,
  retried: checks.flag,
  refused: checks.flag,
  perSecond: { accepted: 'a number from 1 on', allows: (value) => typeof value === 'number' && value >= 1 },
})

/** All of it, none of it, or what is named. */
function flagOr(kind: checks.Kind): checks.Kind {
  return { ...kind, accepted: `true, false or ${kind.accepted}`, allows: (value) => checks.flag.allows(value) || kind.allows(value) }
}

export const traceKind: checks.Kind = flagOr(checks.shape<TraceOptions>({ sampled: checks.flag, keep: flagOr(keepKind) }))

/** Undefined: no traces. */
export function traceTermsOf(options: boolean | TraceOptions = true): TraceTerms | undefined {
  if (options === false) return undefined
  const { sampled = true, keep = false } = options === true ? {} : options
  return { sampled, keep: keep === false ? undefined : { ...DEFAULTS, ...(keep === true ? {} : keep) } }
}
