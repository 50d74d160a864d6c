import type { Failure, Instant, Millis } from '@inmesh/policy'
import { NO_RETRY } from '../client/parts.ts'
import type { Retries } from '../client/parts.ts'
import type { TokenBudget } from './token-budget.ts'

/** Finagle's retries of one method: at once, at most `maxRetries` a call, as far as the client's budget goes. */
export class BudgetedRetries implements Retries {
  private readonly budget: TokenBudget
  private readonly maxRetries: number

  constructor(budget: TokenBudget, maxRetries: number) {
    this.budget = budget
    this.maxRetries = maxRetries
  }

  called(now: Instant): void {
    this.budget.deposit(now)
  }

  tried(): void {}

  grant(_failure: Failure, retriesBefore: number, _inFlight: number, now: Instant): Millis {
    return retriesBefore < this.maxRetries && this.budget.withdraw(now) ? 0 : NO_RETRY
  }

  over(): void {}
}
