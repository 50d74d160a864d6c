import type { Millis } from '@inmesh/policy'
import type { Hedging } from '../client/parts.ts'

export interface FixedDelayOptions {
  readonly delay: Millis
  readonly maxAttempts: number
  readonly cancel: boolean
}

/** A copy each time the delay has passed, whatever it may cost; a copy that failed sends the next at once. */
export class FixedDelay implements Hedging {
  readonly maxCopies: number
  readonly cancels: boolean
  readonly onFailure = true
  private readonly wait: Millis

  constructor({ delay, maxAttempts, cancel }: FixedDelayOptions) {
    this.wait = delay
    this.maxCopies = maxAttempts - 1
    this.cancels = cancel
  }

  called(): void {}

  tried(): void {}

  delay(): Millis {
    return this.wait
  }

  grant(): boolean {
    return true
  }
}
