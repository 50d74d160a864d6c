import type { Failure, Millis, Random } from '@inmesh/policy'
import { NO_RETRY } from '../client/parts.ts'
import type { Retries } from '../client/parts.ts'

export interface EnvoyRetryOptions {
  readonly numRetries: number
  readonly baseInterval: Millis
  readonly maxInterval: Millis
  readonly budgetPercent: number
  readonly minRetryConcurrency: number
}

/**
 * Envoy's retries under a retry budget: at one time no more of them, their backoff included, than a share of what is in
 * flight. Backoff is uniform from 0 to `(2^n − 1) × base`, capped.
 */
export class EnvoyRetries implements Retries {
  private readonly options: EnvoyRetryOptions
  private readonly random: Random
  private active = 0

  constructor(random: Random, options: EnvoyRetryOptions) {
    this.random = random
    this.options = options
  }

  called(): void {}

  tried(): void {}

  grant(_failure: Failure, retriesBefore: number, inFlight: number): Millis {
    const { numRetries, budgetPercent, minRetryConcurrency, baseInterval, maxInterval } = this.options
    const room = Math.max(minRetryConcurrency, (budgetPercent / 100) * inFlight)
    if (retriesBefore >= numRetries || this.active >= room) return NO_RETRY
    this.active++
    return this.random.next() * Math.min(maxInterval, (2 ** (retriesBefore + 1) - 1) * baseInterval)
  }

  over(): void {
    this.active--
  }
}
