import { meanAge } from '../estimate/ages.ts'
import { lowerMedian, upperMedian } from '../estimate/median.ts'
import { readPeak } from '../estimate/peak-ewma.ts'
import type { Instant, Millis } from '../types.ts'
import { AGES, type Endpoint, PEAK, PER_WEIGHT } from './endpoint.ts'
import { ReportedQueues } from './reported-queues.ts'

/** What is ordinary changes slowly. */
const REFRESH: Millis = 100
/** In a larger pool the medians are taken over the endpoints that were drawn last, which are random ones as they are. A power of two. */
const SAMPLE = 128
/** Above this multiple of the pool's median an endpoint is an outlier. */
const OUTLYING = 3
/**
 * Tries in flight that the unit of a penalty counts at most. Without a bound the queues that an avoided endpoint leaves to
 * the others make it dearer still: of three replicas at 70 % one that failed half of its calls got none any more, and the
 * other two, which could not take them all, answered 68 % in time instead of everything.
 */
const MOST_QUEUED = 4
/**
 * And in a pool of fewer than four, of which every one is needed: at four the other two of those three replicas waited
 * for 0.3 s with half of all calls, at one for 0.04 s.
 */
const MOST_QUEUED_OF_FEW = 1
const FEW = 4

/** Numbers that come from more than one policy. */
export interface CostOptions {
  readonly decay: Millis
  readonly severityDecay: Millis
  readonly severityWeight: number
  readonly ramp: Millis
}

/**
 * What it costs to send a try to an endpoint: `slow · (q + 1) / weight + 20 · f · M`, the lower the better.
 * `slow` is the greater of its latency peak and the age of what awaits its head, in medians of their operations; `q` is
 * its load, `f` its error severity, `M` the pool's (upper) median of the first term, which `reported` makes dearer or cheaper. Severity is added in units of what is
 * ordinary in the pool: a failure recorded as a latency sample instead would poison a peak average for tens of seconds.
 */
export class Costs<T> {
  #options: CostOptions = { decay: 10_000, severityDecay: 5_000, severityWeight: 20, ramp: 5_000 }
  #perDecay = 1 / 10_000
  /** The pool's median of the latency peak: where an idle estimate moves to, and where a new endpoint starts. */
  #slowness = 1
  /** The pool's median cost: the measure of an outlier. Of two endpoints the better one is the measure of what is ordinary. */
  #load = 1
  /** M, the unit of a penalty. Of two endpoints the worse one: else one that fails at once looks cheaper than one that is slow. Bounded, see above. */
  #penaltyLoad = 1
  #refreshAt: Instant = -Infinity
  /** The latest draws, in a ring. */
  readonly #peaks = new Float64Array(SAMPLE)
  readonly #loads = new Float64Array(SAMPLE)
  #drawn = 0
  readonly #scratch = new Float64Array(SAMPLE)
  readonly reported: ReportedQueues = new ReportedQueues()

  get options(): CostOptions {
    return this.#options
  }

  configure(options: CostOptions): void {
    this.#options = options
    this.#perDecay = 1 / options.decay
  }

  /** One over the time constant of the latency peak. */
  get perDecay(): number {
    return this.#perDecay
  }

  get slowness(): number {
    return this.#slowness
  }

  get median(): number {
    return this.#load
  }

  slow(endpoint: Endpoint<T>, now: Instant): number {
    const { numbers } = endpoint.slab
    const peak = readPeak(numbers, endpoint.at + PEAK, now, this.#slowness, this.#perDecay)
    const age = meanAge(numbers, endpoint.at + AGES, endpoint.awaiting, now)
    return age > peak ? age : peak
  }

  of(endpoint: Endpoint<T>, now: Instant): number {
    const load = this.#loadOf(endpoint, this.slow(endpoint, now), now)
    return endpoint.severity === undefined ? load : load + this.#penalty(endpoint, now)
  }

  /** The same for an endpoint that was drawn at random: it becomes part of the sample. */
  ofDrawn(endpoint: Endpoint<T>, now: Instant): number {
    const { numbers } = endpoint.slab
    const peak = readPeak(numbers, endpoint.at + PEAK, now, this.#slowness, this.#perDecay)
    const age = meanAge(numbers, endpoint.at + AGES, endpoint.awaiting, now)
    const load = this.#loadOf(endpoint, age > peak ? age : peak, now)
    const at = this.#drawn & (SAMPLE - 1)
    this.#drawn = this.#drawn + 1 < 2 * SAMPLE ? this.#drawn + 1 : SAMPLE
    this.#peaks[at] = peak
    this.#loads[at] = load
    return endpoint.severity === undefined ? load : load + this.#penalty(endpoint, now)
  }

  outlying(cost: number): boolean {
    return cost > OUTLYING * this.#load
  }

  refresh(endpoints: readonly Endpoint<T>[], now: Instant): void {
    if (now >= this.#refreshAt) this.#refresh(endpoints, now)
  }

  #refresh(endpoints: readonly Endpoint<T>[], now: Instant): void {
    if (endpoints.length === 0) return
    this.#refreshAt = now + REFRESH
    this.reported.refresh(endpoints, now)
    const count = endpoints.length <= SAMPLE ? this.#measure(endpoints, now) : Math.min(this.#drawn, SAMPLE)
    if (count === 0) return
    this.#load = this.#medianOf(this.#loads, count)
    this.#penaltyLoad = count % 2 === 0 ? upperMedian(this.#scratch, count) : this.#load
    this.#slowness = this.#medianOf(this.#peaks, count)
    this.#penaltyLoad = Math.min(this.#penaltyLoad, (count < FEW ? MOST_QUEUED_OF_FEW : MOST_QUEUED) * this.#slowness)
  }

  #measure(endpoints: readonly Endpoint<T>[], now: Instant): number {
    this.#drawn = 0
    for (const endpoint of endpoints) this.ofDrawn(endpoint, now)
    return endpoints.length
  }

  #medianOf(sample: Float64Array, count: number): number {
    this.#scratch.set(sample)
    return lowerMedian(this.#scratch, count)
  }

  #loadOf(endpoint: Endpoint<T>, slow: number, now: Instant): number {
    let load = slow * (endpoint.inFlight(now) + 1) * endpoint.slab.numbers[endpoint.at + PER_WEIGHT]!
    if (endpoint.reported !== undefined) load *= this.reported.factor(endpoint.reported, now)
    return endpoint.trial === undefined ? load : load / endpoint.trial.share(now, this.#options.ramp)
  }

  #penalty(endpoint: Endpoint<T>, now: Instant): number {
    return this.#options.severityWeight * endpoint.severity!.read(now, this.#options.severityDecay) * this.#penaltyLoad
  }
}
