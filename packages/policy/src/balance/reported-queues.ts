import { fade } from '../estimate/fade.ts'
import { lowerMedian } from '../estimate/median.ts'
import type { Instant, Millis } from '../types.ts'

/**
 * Time constant with which a report is forgotten: about how long a queue lasts. Of a hundred clients of ten endpoints, each
 * of which hears of each some twice in three seconds, 250 and 500 ms win as much; clients that hear more win more with less.
 */
const KEEP: Millis = 250
const PER_KEEP = 1 / KEEP
/** However wrong a report is, it makes its endpoint ten times as dear at most. */
const MOST = 10
/**
 * Nor cheaper than half. Little in flight is also what a slow server has that is given little, and what one would say that
 * wants more than its share. Over the gray failures a tenth and a half win as much.
 */
const LEAST = 0.5
/** Reports that are no older make up what is ordinary: of the queue itself they tell nothing any more, of the load they do. */
const RECENT: Millis = 2_000
/** So many endpoints are looked at for it at a time, in a larger pool the next ones each time. */
const SAMPLE = 128

/** What an endpoint had under way for others than us, when it last said so. */
export interface ReportedQueue {
  others: number
  at: Instant
}

/** Who says so: an endpoint. */
export interface QueueHolder {
  reported: ReportedQueue | undefined
}

/**
 * What endpoints say that they have in flight. A process sees its own tries; where many processes share a fleet those are
 * next to nothing, and what is in flight for others is most of what a try has to wait for. Ours are taken off what is
 * reported, so a single client is left with nothing and balances as without. The rest is compared with what is ordinary
 * among endpoints and makes its endpoint dearer or cheaper, less and less as the report grows old: one that has not been
 * heard of is ordinary.
 */
export class ReportedQueues {
  readonly #scratch = new Float64Array(SAMPLE)
  /**
   * One more than what endpoints have in flight for others, in the mean. Most have less than the mean, so by the median
   * silence would look cheap: with one of five replicas ten times slower it got more calls for it than without reports.
   */
  #ordinary = 1
  #from = 0
  #any = false

  /**
   * `inFlight`: of all its callers, the try included whose reply says so. `ours`: what of that is ours, at its start or at its
   * head, the more of the two: a server that counts before it works, and not as it answers, would else make ours that
   * have ended since look like others'. What is no number from 0 on is no report.
   */
  report(endpoint: QueueHolder, inFlight: number, ours: number, now: Instant): void {
    if (!(inFlight >= 0 && inFlight < Infinity)) return
    const others = Math.max(0, inFlight - ours)
    this.#any = true
    if (endpoint.reported === undefined) endpoint.reported = { others, at: now }
    else {
      endpoint.reported.others = others
      endpoint.reported.at = now
    }
  }

  /** As many times as dear as without a report. */
  factor({ others, at }: ReportedQueue, now: Instant): number {
    const known = fade((now - at) * PER_KEEP)
    if (known === 0) return 1
    const ratio = (others + 1) / this.#ordinary
    return 1 + ((ratio > MOST ? MOST : ratio < LEAST ? LEAST : ratio) - 1) * known
  }

  /** What is ordinary changes slowly: to be called ten times a second or so. */
  refresh(endpoints: readonly QueueHolder[], now: Instant): void {
    if (!this.#any) return
    const count = this.#gather(endpoints, now)
    if (count === 0) return
    // Who says that he has a million in flight must not make everybody else look idle.
    const most = MOST * lowerMedian(this.#scratch, count)
    let sum = 0
    for (let at = 0; at < count; at++) sum += Math.min(most, this.#scratch[at]!)
    this.#ordinary = sum / count
  }

  #gather(endpoints: readonly QueueHolder[], now: Instant): number {
    const looked = Math.min(SAMPLE, endpoints.length)
    if (endpoints.length <= SAMPLE || this.#from >= endpoints.length) this.#from = 0
    let count = 0
    for (let step = 0; step < looked; step++) {
      const { reported } = endpoints[(this.#from + step) % endpoints.length]!
      if (reported !== undefined && now - reported.at <= RECENT) this.#scratch[count++] = reported.others + 1
    }
    this.#from += looked
    return count
  }
}
