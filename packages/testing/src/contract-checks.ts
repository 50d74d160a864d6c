import type { Outcome } from '@inmesh/policy'
import type { Done, Exchange, Layer, Level } from '@inmesh/pipeline'

/**
 * A layer that changes nothing and watches whatever stands inside it: each `next` must answer exactly once and each tail
 * come exactly once. Put it around an interceptor of your own in a test. A second answer throws, and all breaches are in
 * `breaches`; what never came is in `unanswered` and `open`.
 */
export class ContractChecks {
  readonly breaches: string[] = []
  /** Passed inward and not yet answered. */
  unanswered = 0
  /** Answered, and its tail still to come. */
  open = 0

  /** At the scope where the layer is to stand. */
  layer<L extends Level>(scope: L): Layer<L, L> {
    return {
      name: `contract checks (${scope})`,
      from: scope,
      to: scope,
      build: () => ({
        name: `contract checks (${scope})`,
        call: (context, next, done) => {
          this.unanswered++
          next(context, this.once(scope, done))
        },
      }),
    }
  }

  private once<R>(scope: Level, done: Done<R>): Done<R> {
    let answers = 0
    return (exchange) => {
      if (++answers > 1) this.breach(`at scope "${scope}" one next() was answered ${answers} times`)
      this.unanswered--
      this.open++
      exchange.onTail(this.tailOnce(scope, exchange))
      done(exchange)
    }
  }

  private tailOnce(scope: Level, exchange: Exchange<unknown>): (tail: Outcome) => void {
    let tails = 0
    return () => {
      if (++tails > 1) this.breach(`at scope "${scope}" the tail of a ${exchange.head.kind} came ${tails} times`)
      this.open--
    }
  }

  private breach(what: string): never {
    this.breaches.push(what)
    throw new Error(`contract: ${what}`)
  }
}

export function contractChecks(): ContractChecks {
  return new ContractChecks()
}
