import type { Millis } from '../types.ts'

/** One number seen as its bits: exponent and upper mantissa in the upper half (the machines that Node runs on are little-endian). */
const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)
const MANTISSA_BITS = 20

/**
 * Buckets whose bounds grow by a constant factor, so that a bucket's representative is within `accuracy` of every value
 * in it: γ = (1 + α) / (1 − α), as in DDSketch (Masson, Rim, Lee, VLDB 2019). Bucket 0 holds everything up to `min`, the
 * last one everything from `max` on, where the bound no longer holds. Pure arithmetic: counters live elsewhere.
 *
 * The index takes no logarithm, which would be half the cost of an insert: the upper bits of a double are its logarithm,
 * coarsely. They name a cell narrower than any bucket, so a cell holds at most one bound, and one comparison settles it.
 */
export class LogBuckets {
  readonly accuracy: number
  readonly count: number
  readonly #min: Millis
  readonly #max: Millis
  readonly #gamma: number
  readonly #shift: number
  readonly #firstCell: number
  /** For each cell the bucket of its lowest value. */
  readonly #cells: Uint16Array
  /** Upper bounds; the last bucket has none. */
  readonly #bounds: Float64Array

  /** `accuracy`: relative, 0.001–0.5. `min`, `max`: what the buckets must tell apart, 0 < min < max. */
  constructor(accuracy: number, min: Millis, max: Millis) {
    if (!(accuracy >= 0.001 && accuracy <= 0.5)) throw new RangeError(`accuracy: got ${accuracy}, accepted is 0.001…0.5`)
    if (!(min > 0 && max > min && max < Infinity)) throw new RangeError(`bounds: got ${min}…${max}, accepted is 0 < min < max`)
    this.accuracy = accuracy
    this.#min = min
    this.#max = max
    this.#gamma = (1 + accuracy) / (1 - accuracy)
    this.count = Math.ceil(Math.log(max / min) / Math.log(this.#gamma)) + 1
    this.#bounds = Float64Array.from({ length: this.count }, (_, i) => (i === this.count - 1 ? Infinity : this.upper(i)))
    this.#shift = MANTISSA_BITS - Math.ceil(-Math.log2(this.#gamma - 1))
    this.#firstCell = upperHalf(min) >>> this.#shift
    this.#cells = this.#fillCells()
  }

  /** Buckets twice as wide on the logarithmic scale: bucket j holds these buckets' 2j − 1 and 2j. */
  paired(): LogBuckets {
    return new LogBuckets((2 * this.accuracy) / (1 + this.accuracy * this.accuracy), this.#min, this.#max)
  }

  index(value: Millis): number {
    if (!(value > this.#min)) return 0
    double[0] = value
    const cell = (halves[1]! >>> this.#shift) - this.#firstCell
    if (cell >= this.#cells.length) return this.count - 1
    const bucket = this.#cells[cell]!
    return value > this.#bounds[bucket]! ? bucket + 1 : bucket
  }

  /** Exclusive lower bound. */
  lower(index: number): Millis {
    return index <= 0 ? 0 : this.upper(index - 1)
  }

  /** Inclusive upper bound. */
  upper(index: number): Millis {
    return this.#min * this.#gamma ** index
  }

  /** The value that stands for the bucket: at most `accuracy` away from either bound, relatively. */
  representative(index: number): Millis {
    return (2 * this.upper(index)) / (this.#gamma + 1)
  }

  #fillCells(): Uint16Array {
    const cells = new Uint16Array((upperHalf(this.#max) >>> this.#shift) - this.#firstCell + 1)
    let bucket = 0
    for (let cell = 0; cell < cells.length; cell++) {
      const lowest = fromUpperHalf((this.#firstCell + cell) << this.#shift)
      while (lowest > this.#bounds[bucket]!) bucket += 1
      cells[cell] = bucket
    }
    return cells
  }
}

function upperHalf(value: number): number {
  double[0] = value
  return halves[1]!
}

function fromUpperHalf(bits: number): number {
  halves[0] = 0
  halves[1] = bits
  return double[0]!
}

/** For an operation: 2 %, 10 µs to 2 minutes. */
export const OPERATION_BUCKETS: LogBuckets = new LogBuckets(0.02, 0.01, 120_000)

/**
 * For an endpoint, of which there may be thousands: every bucket is two of the operation's, so that one search serves
 * both. That makes 4 % over the same range.
 */
export const ENDPOINT_BUCKETS: LogBuckets = OPERATION_BUCKETS.paired()

/** The bucket of an endpoint that holds an operation's bucket. */
export function endpointBucket(operationBucket: number): number {
  return (operationBucket + 1) >> 1
}
