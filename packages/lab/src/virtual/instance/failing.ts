import type { Instant, Millis, Outcome } from '@inmesh/policy'
import type { Draws } from '../../random.ts'
import type { ServiceTime } from '../../scenario/service-time.ts'
import { DRAW } from '../../workload/draws.ts'
import { serviceTimeAt } from '../../workload/service-time.ts'
import type { VirtualCall } from '../contract.ts'
import { outcomeOfStatus } from '../outcomes.ts'

/** With this probability a call fails, without the work being done. */
export interface FailureLaw {
  readonly share: number
  readonly code: number
  readonly latency: ServiceTime | undefined
}

export interface DrawnFailure {
  readonly outcome: Outcome
  readonly after: Millis
}

/** Which calls a replica fails. Laws are asked in turn, each by a draw of its own: those of faults add to its own. */
export class Failing {
  private readonly laws: FailureLaw[] = []
  private readonly draws: Draws
  private readonly number: number

  constructor(draws: Draws, number: number) {
    this.draws = draws
    this.number = number
  }

  get active(): boolean {
    return this.laws.length > 0
  }

  add(law: FailureLaw): void {
    this.laws.push(law)
  }

  remove(law: FailureLaw): void {
    const at = this.laws.indexOf(law)
    if (at >= 0) this.laws.splice(at, 1)
  }

  /** Drawn by call and replica, so that a call fails there for every contender, and fails again there when resent. */
  of(call: VirtualCall, _now: Instant): DrawnFailure | undefined {
    for (const [at, { share, code, latency }] of this.laws.entries()) {
      // Purposes far apart, so that the laws' draws have nothing in common with any other.
      if (this.draws.of(call.index, this.number, DRAW.failure + 1_000 * at) >= share) continue
      const u = this.draws.of(call.index, this.number, DRAW.failureTime + 1_000 * at)
      return { outcome: outcomeOfStatus(code), after: latency === undefined ? 0 : serviceTimeAt(latency, u) }
    }
    return undefined
  }
}
