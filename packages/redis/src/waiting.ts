import type { Clock, TimerHandle } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import { timedOut, type Trouble } from './trouble.ts'

/** A timer that comes so late was kept by this process itself. */
const busy: Millis = 20

/** A command under way: it ends once, with its answer, its failure, its timeout or the loss of the engine, whichever is first. */
export class Waiting {
  private readonly others: Set<Waiting>
  private readonly resolve: (answer: unknown) => void
  private readonly reject: (trouble: Trouble) => void
  private timer: TimerHandle | undefined = undefined
  private due: Instant = Infinity
  private excused = false

  constructor(others: Set<Waiting>, resolve: (answer: unknown) => void, reject: (trouble: Trouble) => void) {
    this.others = others
    this.resolve = resolve
    this.reject = reject
    others.add(this)
  }

  start(clock: Clock, timeout: Millis): void {
    this.due = clock.now() + timeout
    this.timer = clock.schedule(this.due, false, tooLate, { waiting: this, clock, timeout })
  }

  answer(answer: unknown): void {
    if (this.end()) this.resolve(answer)
  }

  fail(trouble: Trouble): void {
    if (this.end()) this.reject(trouble)
  }

  tooLate(clock: Clock, timeout: Millis): void {
    if (this.excused || clock.now() < this.due + busy) return this.fail(timedOut(timeout))
    this.excused = true
    this.start(clock, timeout)
  }

  private end(): boolean {
    this.timer?.cancel()
    return this.others.delete(this)
  }
}

function tooLate({ waiting, clock, timeout }: { readonly waiting: Waiting; readonly clock: Clock; readonly timeout: Millis }): void {
  waiting.tooLate(clock, timeout)
}
