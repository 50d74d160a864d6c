import type { Instant, Millis, Outcome } from '@inmesh/policy'
import type { ClosedLoad } from '../../scenario/load.ts'
import { classPicker } from '../../workload/arrivals.ts'
import { DRAW } from '../../workload/draws.ts'
import { serviceTimeAt } from '../../workload/service-time.ts'
import type { Call } from './call.ts'
import { LoadSource } from './source.ts'
import type { LoadEnv } from './source.ts'

/** Callers that wait for the answer, think, and call again. */
export class ClosedSource extends LoadSource {
  private readonly load: ClosedLoad
  private readonly pick: (u: number) => number
  private calling: number

  constructor(env: LoadEnv, load: ClosedLoad) {
    super(env)
    this.load = load
    this.calling = load.concurrency
    this.pick = classPicker(load.classes.map(({ weight }) => weight))
  }

  begin(): void {
    for (let caller = 0; caller < this.load.concurrency; caller++) this.wait(this.think(-1 - caller))
  }

  override ended(call: Call, outcome: Outcome, now: Instant): void {
    super.ended(call, outcome, now)
    this.wait(this.think(call.index))
  }

  private wait(think: Millis): void {
    const { agenda } = this.env
    agenda.schedule(agenda.now() + think, false, sendNext, this)
  }

  sendNext(): void {
    const { agenda, calls, draws, epoch } = this.env
    const now = agenda.now()
    if (now < epoch + this.load.duration) this.send(now, this.pick(draws.of(calls.rows, 0, DRAW.requestClass)))
    else if (--this.calling === 0) this.env.onDone()
  }

  private think(after: number): Millis {
    return serviceTimeAt(this.load.think, this.env.draws.of(after, 0, DRAW.think))
  }
}

function sendNext(source: ClosedSource): void {
  source.sendNext()
}
