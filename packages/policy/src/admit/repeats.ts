import { FailureWindow } from '../estimate/failure-window.ts'
import type { Instant, Millis } from '../types.ts'

const WINDOW: Millis = 10_000
const FEWEST = 10
const SHARE = 0.1

/**
 * Whether others of this service are overloaded as well. An instance sees only itself, but it sees who comes: a try after
 * a refusal or a timeout goes to another endpoint than the try before, so a tenth of such among what arrives says that
 * others refuse too (SRE book, chapter 21, "Handling overload", by its histogram of attempts). Where one instance of many
 * is overloaded the others refuse nothing, and none such come here.
 */
export class Repeats {
  /** Failures of it are repeats. */
  readonly #window = new FailureWindow(WINDOW)

  arrived(repeat: boolean, now: Instant): void {
    this.#window.add(repeat, now)
  }

  everywhere(now: Instant): boolean {
    const tries = this.#window.tries(now)
    return tries >= FEWEST && this.#window.failures(now) >= SHARE * tries
  }
}
