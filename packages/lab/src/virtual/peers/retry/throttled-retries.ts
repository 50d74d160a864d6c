import type { Code, Failure, Instant, Millis, Outcome, Random } from '@inmesh/policy'
import { NO_RETRY } from '../client/parts.ts'
import type { Retries } from '../client/parts.ts'

export interface RetryPolicy {
  readonly maxAttempts: number
  readonly initialBackoff: Millis
  readonly maxBackoff: Millis
  readonly backoffMultiplier: number
  readonly retryableStatusCodes: readonly Code[]
}

/** gRPC A6's throttle, one for a server name: a failure costs a token, a success brings part of one back. */
export class RetryThrottle {
  tokens: number
  private readonly maxTokens: number
  private readonly tokenRatio: number

  constructor(maxTokens: number, tokenRatio: number) {
    this.maxTokens = maxTokens
    // Three decimals count.
    this.tokenRatio = Math.floor(tokenRatio * 1_000) / 1_000
    this.tokens = maxTokens
  }

  failed(): void {
    this.tokens = Math.max(0, this.tokens - 1)
  }

  succeeded(): void {
    this.tokens = Math.min(this.maxTokens, this.tokens + this.tokenRatio)
  }

  /** First tries always go; others only while more than half the tokens are left. */
  get allows(): boolean {
    return this.tokens > this.maxTokens / 2
  }
}

/** gRPC A6's retries: exponential backoff within ± 20 %, for the codes that are named, while the throttle allows. */
export class ThrottledRetries implements Retries {
  private readonly random: Random
  private readonly policy: RetryPolicy
  private readonly throttle: RetryThrottle | undefined

  constructor(random: Random, policy: RetryPolicy, throttle: RetryThrottle | undefined) {
    this.random = random
    this.policy = policy
    this.throttle = throttle
  }

  called(): void {}

  tried(outcome: Outcome): void {
    if (outcome.kind === 'success') this.throttle?.succeeded()
    else if (outcome.kind === 'failure' && this.counts(outcome)) this.throttle?.failed()
  }

  grant(failure: Failure, retriesBefore: number, _inFlight: number, _now: Instant): Millis {
    const { maxAttempts, initialBackoff, backoffMultiplier, maxBackoff } = this.policy
    // What never left this process is sent again whatever the throttle says; gRPC calls it transparent.
    if (failure.reach === 'unsent' && retriesBefore < maxAttempts - 1) return 0
    if (retriesBefore >= maxAttempts - 1 || !this.counts(failure) || failure.doNotRetry === true) return NO_RETRY
    if (this.throttle?.allows === false) return NO_RETRY
    if (failure.retryAfter !== undefined) return failure.retryAfter
    return Math.min(maxBackoff, initialBackoff * backoffMultiplier ** retriesBefore) * (0.8 + 0.4 * this.random.next())
  }

  over(): void {}

  private counts({ code }: Failure): boolean {
    return this.policy.retryableStatusCodes.includes(code)
  }
}
