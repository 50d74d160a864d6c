import { lowerMedian } from '../estimate/median.ts'
import type { Instant, Millis } from '../types.ts'
import type { Endpoint } from './endpoint.ts'

/** What is ordinary changes slowly; a refresh reads up to `SAMPLE` endpoints. */
const REFRESH: Millis = 100
const SAMPLE = 128
/** Above this multiple of the pool's median an endpoint is an outlier. */
const OUTLYING = 3

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
 * its load, `f` its error severity, `M` the pool's median of the first term. Severity is added in units of what is
 * ordinary in the pool: a failure recorded as a latency sample instead would poison a peak average for tens of seconds.
 */
export class Costs<T> {
  options: CostOptions
  /** The pool's median of the latency peak: where an idle estimate moves to, and where a new endpoint starts. */
  #slowness = 1
  /** M. */
  #load = 1
  #refreshAt: Instant = -Infinity
  readonly #sampled = new Float64Array(SAMPLE)

  constructor(options: CostOptions) {
    this.options = options
  }

  get slowness(): number {
    return this.#slowness
  }

  get median(): number {
    return this.#load
  }

  slow(endpoint: Endpoint<T>, now: Instant): number {
    const peak = endpoint.peak.read(now, this.#slowness, this.options.decay)
    const age = endpoint.ages.mean(now)
    return age > peak ? age : peak
  }

  of(endpoint: Endpoint<T>, now: Instant): number {
    const load = this.load(endpoint, now)
    const severity = endpoint.severity
    if (severity === undefined) return load
    return load + this.options.severityWeight * severity.read(now, this.options.severityDecay) * this.#load
  }

  load(endpoint: Endpoint<T>, now: Instant): number {
    const load = (this.slow(endpoint, now) * (endpoint.inFlight(now) + 1)) / endpoint.weight
    return endpoint.trial === undefined ? load : load / endpoint.trial.share(now, this.options.ramp)
  }

  outlying(cost: number): boolean {
    return cost > OUTLYING * this.#load
  }

  /** Of more endpoints than the sample holds, every k-th: the cost of a refresh is bounded. */
  refresh(endpoints: readonly Endpoint<T>[], now: Instant): void {
    if (now < this.#refreshAt || endpoints.length === 0) return
    this.#refreshAt = now + REFRESH
    this.#load = this.#medianOf(endpoints, now, false)
    this.#slowness = this.#medianOf(endpoints, now, true)
  }

  #medianOf(endpoints: readonly Endpoint<T>[], now: Instant, slowness: boolean): number {
    const stride = Math.max(1, Math.ceil(endpoints.length / SAMPLE))
    let count = 0
    for (let i = 0; i < endpoints.length; i += stride) {
      const endpoint = endpoints[i]!
      this.#sampled[count++] = slowness
        ? endpoint.peak.read(now, this.#slowness, this.options.decay)
        : this.load(endpoint, now)
    }
    return lowerMedian(this.#sampled, count)
  }
}
