import { GrantBook, type Grant, type Instant, type Millis, type ReserveAsk } from '@inmesh/policy'

/** The engine as processes meet it: a book with a clock of its own, which may stand still or be gone. */
export class ModelEngine {
  /** It does nothing before this; what comes waits. */
  frozenUntil: Instant = -Infinity
  /** What comes before this is lost. */
  goneUntil: Instant = -Infinity
  /** Its clock against the true one. */
  ahead: Millis = 0
  lost = 0
  readonly #book = new GrantBook()

  reserve(ask: ReserveAsk, now: Instant): Grant {
    const grant = this.#book.reserve(ask, now + this.ahead)
    if (grant.lost) this.lost++
    return grant
  }

  forget(): void {
    this.#book.forget()
  }
}
