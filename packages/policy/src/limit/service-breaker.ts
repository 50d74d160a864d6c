import { FailureWindow } from '../estimate/failure-window.ts'
import type { Instant, Millis, Random } from '../types.ts'

export interface ServiceBreakerOptions {
  /**
   * Requests let through for each that is accepted. Default 2 (SRE book): an overloaded callee then rejects about one for
   * each that it serves, which is what keeps clients informed; 1.1 makes that one in ten, for a callee to which rejecting
   * costs nearly as much as serving, and reacts later to its recovery. At least 1.
   */
  readonly k?: number
  /** The most that is refused, 0–1. Default 0.8: at least a fifth tells how the callee is (Envoy's admission control, Finagle's 0.75). */
  readonly maxDrop?: number
  /** How far back it looks, in ms, rounded up to whole seconds. Default 2 minutes (SRE book). */
  readonly window?: Millis
  /** Calls per second below which nothing is refused. Default 5 (Finagle): of fewer, a few failures are chance. */
  readonly minRate?: number
}

export const BREAKER_DEFAULTS: Required<ServiceBreakerOptions> = { k: 2, maxDrop: 0.8, window: 120_000, minRate: 5 }

/** What the breaker knows, as plain data. */
export interface ServiceBreakerSnapshot {
  /** With which the next call is refused. */
  readonly probability: number
  readonly requests: number
  readonly accepts: number
}

/** The probability crossed one of 0.01, 0.1, 0.25, 0.5, 0.75: one event per change and not one per call. */
export interface ServiceBreakerEvent extends ServiceBreakerSnapshot {
  readonly type: 'breaker'
}

/** One call a second goes out whatever the dice say: without it a callee that healed would be found by luck. */
const PROBE_EVERY: Millis = 1_000

/** A rate is measured over this long at least: the first second of a busy process is no rate. */
const LEAST_SPAN: Millis = 10_000

const STEPS = [0.01, 0.1, 0.25, 0.5, 0.75] as const

/**
 * Client-side throttling (SRE book, chapter 21, "Handling overload"): refuses a call with the probability
 *
 *     max(0, (requests − k · accepts) / (requests + 1))
 *
 * over the last two minutes. A probability and not a switch: a callee that serves half of its calls keeps serving them,
 * where an open circuit would turn that into none. What is refused here counts as a request too; that is what lets the
 * probability rise to where only `k` times as much goes out as is accepted.
 *
 * A call is counted when it is known what came of it. Counted on their way out, the first slow answers of a cold start
 * would read as a callee that accepts nothing.
 */
export class ServiceBreaker {
  #options: Required<ServiceBreakerOptions> = BREAKER_DEFAULTS
  /** Tries of it are requests, failures what was not accepted. */
  #window: FailureWindow
  /** When the window was last found empty. */
  #since: Instant = -Infinity
  #sentAt: Instant = -Infinity
  #step = 0
  readonly #notify: ((event: ServiceBreakerEvent) => void) | undefined

  constructor(options: ServiceBreakerOptions & { readonly notify?: (event: ServiceBreakerEvent) => void } = {}) {
    this.#options = rulesOf(options)
    this.#window = new FailureWindow(this.#options.window)
    this.#notify = options.notify
  }

  /** New rules over what was counted; another window begins empty, since what is in the old one has no age in the new. */
  configure(options: ServiceBreakerOptions): void {
    const { window } = this.#options
    this.#options = rulesOf(options)
    if (window !== this.#options.window) this.#window = new FailureWindow(this.#options.window)
  }

  /** Whether this call is refused. Draws from chance only while there is something to refuse. Whoever acts on it says so. */
  refuses(now: Instant, random: Random): boolean {
    const probability = this.probability(now)
    if (probability === 0) return false
    return random.next() < probability && now - this.#sentAt < PROBE_EVERY
  }

  refused(now: Instant): void {
    this.#count(true, now)
  }

  sent(now: Instant): void {
    this.#sentAt = now
  }

  answered(accepted: boolean, now: Instant): void {
    this.#count(!accepted, now)
  }

  probability(now: Instant): number {
    const { k, maxDrop, window, minRate } = this.#options
    const requests = this.#window.tries(now)
    const excess = requests - k * (requests - this.#window.failures(now))
    const span = Math.min(window, Math.max(LEAST_SPAN, now - this.#since))
    const share = excess <= 0 || requests * 1000 < minRate * span ? 0 : Math.min(maxDrop, excess / (requests + 1))
    this.#tell(share, now)
    return share
  }

  inspect(now: Instant): ServiceBreakerSnapshot {
    const probability = this.probability(now)
    const requests = this.#window.tries(now)
    return { probability, requests, accepts: requests - this.#window.failures(now) }
  }

  #count(rejected: boolean, now: Instant): void {
    if (this.#window.tries(now) === 0) this.#since = now
    this.#window.add(rejected, now)
  }

  #tell(share: number, now: Instant): void {
    let step = 0
    while (step < STEPS.length && share >= STEPS[step]!) step += 1
    if (step === this.#step) return
    this.#step = step
    if (this.#notify !== undefined) this.#notify({ type: 'breaker', ...this.inspect(now) })
  }
}

/** Clamped, not thrown: what users write is validated where it is written. */
function rulesOf(options: ServiceBreakerOptions): Required<ServiceBreakerOptions> {
  const { k, maxDrop, window, minRate } = BREAKER_DEFAULTS
  return {
    k: Math.max(1, options.k ?? k),
    maxDrop: Math.min(1, Math.max(0, options.maxDrop ?? maxDrop)),
    window: options.window ?? window,
    minRate: options.minRate ?? minRate,
  }
}
