import { OPERATION_BUCKETS as BUCKETS } from '../estimate/log-buckets.ts'
import type { Instant, Millis } from '../types.ts'

const SLICES = 4
const SHORTEST_SLICE: Millis = 7_500
const LONGEST_SLICE: Millis = 600_000
const REFRESH: Millis = 1_000

/**
 * How long a first try may take before a backup goes out, so that a share ε (`maxExtraLoad`) of first tries is late: their
 * 1 − ε quantile, from dispatch to head.
 *
 * A try that was cut short (superseded by its backup, timed out, cancelled, failed) did not take that long: it took *at
 * least* that long. Leaving such tries out makes the estimate feed on itself: the sooner backups go, the fewer slow tries
 * are seen, the sooner backups go (late share up to 4.6 ε). Counting them as arrivals pulls the delay into the gap of a
 * bimodal operation. So the quantile is read off the product-limit estimate of the survival curve (Kaplan & Meier, 1958),
 * made for samples that are known only from below.
 *
 * The window is four slices, each of at least 7.5 s and 2.5/ε samples, so that the whole has the ten late tries from which
 * an ε can be told, and at most ten minutes, so that what was true an hour ago is forgotten.
 */
export class BackupDelay {
  #epsilon: number
  #needed: number
  /** Per slice: arrivals by bucket, then cut-short ones. Allocated with the first sample. */
  #counts: Uint32Array | undefined
  readonly #samples: Float64Array = new Float64Array(SLICES)
  #current = 0
  #sliceAt: Instant = -Infinity
  #rotateAt: Instant = -Infinity
  #refreshAt: Instant = -Infinity
  #warm = false
  #delay: Millis | undefined

  constructor(options: { readonly maxExtraLoad: number }) {
    this.#epsilon = options.maxExtraLoad
    this.#needed = 10 / options.maxExtraLoad
  }

  /** Another share. The samples stay: they do not depend on it. */
  configure(options: { readonly maxExtraLoad: number }): void {
    if (options.maxExtraLoad === this.#epsilon) return
    this.#epsilon = options.maxExtraLoad
    this.#needed = 10 / options.maxExtraLoad
    this.#delay = undefined
    this.#warm = false
    this.#refreshAt = -Infinity
  }

  /** The head of a first try came, a success, `age` after its dispatch. */
  arrived(age: Millis, now: Instant): void {
    this.#add(BUCKETS.index(age), now)
  }

  /** A first try ended in any other way at this age, or its call did. */
  censored(age: Millis, now: Instant): void {
    this.#add(BUCKETS.index(age) + BUCKETS.count, now)
  }

  /** Undefined until there are enough samples. Worked out once a second, free in between. */
  delay(now: Instant): Millis | undefined {
    if (now >= this.#refreshAt) this.#refresh(now)
    return this.#delay
  }

  /** Samples in the window. */
  get samples(): number {
    return this.#samples[0]! + this.#samples[1]! + this.#samples[2]! + this.#samples[3]!
  }

  #add(index: number, now: Instant): void {
    if (now >= this.#rotateAt) this.#rotate(now)
    this.#samples[this.#current]!++
    this.#counts![this.#current * 2 * BUCKETS.count + index]!++
  }

  /** Ends the slice if it is old and full enough; looks again with each sample until it is. */
  #rotate(now: Instant): void {
    const age = now - this.#sliceAt
    this.#counts ??= new Uint32Array(SLICES * 2 * BUCKETS.count)
    if (age > SLICES * LONGEST_SLICE) this.#clear()
    else if (this.#samples[this.#current]! * 4 < this.#needed && age < LONGEST_SLICE) return
    this.#current = (this.#current + 1) % SLICES
    const from = this.#current * 2 * BUCKETS.count
    this.#counts.fill(0, from, from + 2 * BUCKETS.count)
    this.#samples[this.#current] = 0
    this.#sliceAt = now
    this.#rotateAt = now + SHORTEST_SLICE
  }

  #clear(): void {
    this.#counts?.fill(0)
    this.#samples.fill(0)
  }

  /**
   * Warm with 10/ε samples, and as long as the three full slices are there that every rotation leaves (7.5/ε): else each
   * rotation at low traffic would switch backups off until the next slice is full.
   */
  #refresh(now: Instant): void {
    this.#refreshAt = now + REFRESH
    const samples = now - this.#sliceAt > SLICES * LONGEST_SLICE ? 0 : this.samples
    this.#warm = this.#epsilon > 0 && samples >= (this.#warm ? 0.75 : 1) * this.#needed
    this.#delay = this.#warm ? (this.#quantile(samples) ?? this.#delay) : undefined
  }

  /** Undefined when so many were cut short that the curve never comes down to ε: what was known before stands. */
  #quantile(samples: number): Millis | undefined {
    let atRisk = samples
    let survival = 1
    for (let bucket = 0; bucket < BUCKETS.count; bucket++) {
      const arrivals = this.#sum(bucket)
      if (arrivals > 0) {
        const next = survival * (1 - arrivals / atRisk)
        if (next <= this.#epsilon) return within(bucket, (survival - this.#epsilon) / (survival - next))
        survival = next
      }
      atRisk -= arrivals + this.#sum(bucket + BUCKETS.count)
    }
    return undefined
  }

  #sum(index: number): number {
    const counts = this.#counts!
    const slice = 2 * BUCKETS.count
    return counts[index]! + counts[index + slice]! + counts[index + 2 * slice]! + counts[index + 3 * slice]!
  }
}

/** Between a bucket's bounds on their own, logarithmic, scale. The first one has no lower bound to speak of. */
function within(bucket: number, share: number): Millis {
  const upper = BUCKETS.upper(bucket)
  const lower = BUCKETS.lower(bucket)
  return lower > 0 ? lower * (upper / lower) ** share : upper
}
