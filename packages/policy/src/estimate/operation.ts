import type { Instant, Millis } from '../types.ts'
import { OPERATION_BUCKETS } from './log-buckets.ts'
import { Percentiles } from './percentiles.ts'

/** What a median is taken to be before anything was measured: Linkerd's seed for an unknown endpoint. */
export const UNKNOWN_MEDIAN: Millis = 30

/** Below this many samples in the window an operation's own median is not trusted alone. */
const ENOUGH = 10

const REFRESH: Millis = 1_000

/**
 * Latencies of one operation. Its median is the unit in which the balancer measures slowness: without it a mix of 5 ms
 * and 500 ms operations would read as endpoints that are slow by turns.
 */
export class Operation {
  readonly name: string
  /** Successes of any try, dispatch to head, at 2 %. */
  readonly latency: Percentiles = new Percentiles({ buckets: OPERATION_BUCKETS })
  readonly #service: Operation | undefined
  #median: Millis
  #own: Millis
  #refreshAt: Instant = -Infinity
  #inserted = 0
  #refreshWhenInserted = 1

  constructor(name: string, service?: Operation) {
    this.name = name
    this.#service = service
    this.#own = service === undefined ? UNKNOWN_MEDIAN : 0
    this.#median = UNKNOWN_MEDIAN
  }

  /** Answers the bucket of `OPERATION_BUCKETS` that it went into. */
  record(latency: Millis, now: Instant): number {
    const bucket = OPERATION_BUCKETS.index(latency)
    this.#insert(bucket, now)
    if (this.#service !== undefined) this.#service.#insert(bucket, now)
    return bucket
  }

  /**
   * The median that everything is compared with, never 0. Cached for a second, or until the samples have doubled.
   * With fewer than ten samples it is the greater of its own and the whole service's: an operation that is rare and
   * slow must not make whichever endpoint serves it look slow, nor be called hung too early. A quiet operation keeps
   * its last one. Before anything was measured: 30 ms.
   */
  median(now: Instant): Millis {
    return now < this.#refreshAt ? this.#median : this.#refresh(now)
  }

  #insert(bucket: number, now: Instant): void {
    this.latency.insertAt(bucket, now)
    if (++this.#inserted >= this.#refreshWhenInserted) this.#refreshAt = -Infinity
  }

  #refresh(now: Instant): Millis {
    const count = this.latency.count(now)
    this.#own = this.latency.quantile(0.5, now) ?? this.#own
    this.#median = count >= ENOUGH || this.#service === undefined
      ? this.#own
      : Math.max(this.#own, this.#service.median(now))
    this.#refreshAt = now + REFRESH
    this.#inserted = 0
    this.#refreshWhenInserted = Math.max(1, count)
    return this.#median
  }
}
