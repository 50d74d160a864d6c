import type { Call } from '@inmesh/pipeline'
import { OPERATION_BUCKETS, Percentiles, type Instant, type Millis, type Outcome } from '@inmesh/policy'
import type { LabelValues } from '../label-values.ts'
import type { KeepTerms } from './options.ts'

/** Why a call is kept. */
export interface Kept {
  readonly why: 'slow' | 'failed' | 'retried' | 'refused'
  /** Of a slow one: what it was over. */
  readonly over?: Millis
}

/** A percentile is worth something once so many lie above it. */
const ABOVE = 5

/** How long a percentile that was read is used: reading it walks all buckets. */
const FRESH: Millis = 1_000

/** Latencies of one operation, as its callers saw them, extra tries and waits included. */
class Slowness {
  private readonly latencies = new Percentiles({ buckets: OPERATION_BUCKETS })
  private readonly quantile: number
  private limit: Millis = Infinity
  private readAt: Instant = -Infinity

  constructor(quantile: number) {
    this.quantile = quantile
  }

  /** The limit that a call has passed, if it has. By those before it: a call is no measure of itself. */
  passed(latency: Millis, now: Instant): Millis | undefined {
    if (now - this.readAt >= FRESH) this.read(now)
    this.latencies.insert(latency, now)
    return latency > this.limit ? this.limit : undefined
  }

  private read(now: Instant): void {
    this.readAt = now
    const enough = this.latencies.count(now) * (1 - this.quantile) >= ABOVE
    this.limit = enough ? (this.latencies.quantile(this.quantile, now) ?? Infinity) : Infinity
  }
}

/** Which calls turned out to be worth a trace. */
export class Keeper {
  /** Calls that were worth one and were too many. */
  dropped = 0
  private readonly terms: KeepTerms
  private readonly values: LabelValues
  private readonly slowness = new Map<string, Map<string, Slowness>>()
  private second: Instant = -Infinity
  private keptInSecond = 0

  constructor(terms: KeepTerms, values: LabelValues) {
    this.terms = terms
    this.values = values
  }

  verdict({ call, outcome, at, refused }: { readonly call: Call; readonly outcome: Outcome; readonly at: Instant; readonly refused: boolean }): Kept | undefined {
    const { slow, failed, retried, refused: refusals } = this.terms
    // Of every call, so that the percentile is that of all. Refusals take no time, and would make everything else slow.
    const over = slow === false || refused ? undefined : this.slownessOf(call, slow).passed(at - call.start, at)
    if (refused) return refusals ? this.within({ why: 'refused' }, at) : undefined
    if (failed && outcome.kind === 'failure') return this.within({ why: 'failed' }, at)
    if (retried && call.tries.length > 1) return this.within({ why: 'retried' }, at)
    return over === undefined ? undefined : this.within({ why: 'slow', over }, at)
  }

  /** A reply whose body failed after its head had been well. */
  brokeOff(at: Instant): Kept | undefined {
    return this.terms.failed ? this.within({ why: 'failed' }, at) : undefined
  }

  private within(kept: Kept, at: Instant): Kept | undefined {
    if (at - this.second >= 1_000) {
      this.second = at
      this.keptInSecond = 0
    }
    if (this.keptInSecond < this.terms.perSecond) {
      this.keptInSecond += 1
      return kept
    }
    this.dropped += 1
    return undefined
  }

  private slownessOf({ service, operation }: Call, quantile: number): Slowness {
    const named = this.values.service(service)
    let operations = this.slowness.get(named)
    if (operations === undefined) this.slowness.set(named, (operations = new Map()))
    const name = this.values.operation(service, operation)
    let slowness = operations.get(name)
    if (slowness === undefined) operations.set(name, (slowness = new Slowness(quantile)))
    return slowness
  }
}
