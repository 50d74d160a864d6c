import type { Millis } from '../types.ts'

/**
 * Buckets whose bounds grow by a constant factor, so that a bucket's representative is within `accuracy` of every value
 * in it: γ = (1 + α) / (1 − α), as in DDSketch (Masson, Rim, Lee, VLDB 2019). Bucket 0 holds everything up to `min`, the
 * last one everything from `max` on, where the bound no longer holds. Pure arithmetic: counters live elsewhere.
 */
export class LogBuckets {
  readonly accuracy: number
  readonly count: number
  readonly #min: Millis
  readonly #gamma: number
  readonly #perLog: number
  readonly #offset: number

  constructor(accuracy: number, min: Millis, max: Millis) {
    if (!(accuracy > 0 && accuracy < 1)) throw new RangeError(`accuracy: got ${accuracy}, accepted is above 0, below 1`)
    if (!(min > 0 && max > min && max < Infinity)) throw new RangeError(`bounds: got ${min}…${max}, accepted is 0 < min < max`)
    this.accuracy = accuracy
    this.#min = min
    this.#gamma = (1 + accuracy) / (1 - accuracy)
    this.#perLog = 1 / Math.log(this.#gamma)
    this.#offset = -Math.log(min) * this.#perLog
    this.count = Math.ceil(Math.log(max) * this.#perLog + this.#offset) + 1
  }

  index(value: Millis): number {
    if (!(value > this.#min)) return 0
    const index = Math.ceil(Math.log(value) * this.#perLog + this.#offset)
    return index < this.count ? index : this.count - 1
  }

  /** Exclusive lower bound. */
  lower(index: number): Millis {
    return index <= 0 ? 0 : this.#min * this.#gamma ** (index - 1)
  }

  /** Inclusive upper bound. */
  upper(index: number): Millis {
    return this.#min * this.#gamma ** index
  }

  /** The value that stands for the bucket: at most `accuracy` away from either bound, relatively. */
  representative(index: number): Millis {
    return (2 * this.upper(index)) / (this.#gamma + 1)
  }
}

/** For an operation: 2 %, 10 µs to 2 minutes. */
export const OPERATION_BUCKETS: LogBuckets = new LogBuckets(0.02, 0.01, 120_000)

/** For an endpoint, of which there may be thousands: 5 % over the same range. */
export const ENDPOINT_BUCKETS: LogBuckets = new LogBuckets(0.05, 0.01, 120_000)
