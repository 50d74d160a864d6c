import type { Millis } from '@inmesh/policy'
import type { Clock, TimerHandle } from './clock.ts'
import type { CallContext } from './context.ts'

/**
 * Where calls wait for something that all of them need. One that ends meanwhile, by its deadline or because its caller
 * left, is answered by its edge and does not go on.
 */
export class WaitingRoom {
  private readonly clock: Clock
  private readonly most: Millis
  private readonly open: () => void
  private readonly calls: { readonly call: CallContext; readonly goOn: () => void }[] = []
  private timer: TimerHandle | undefined = undefined

  /** `open` is called when a call has waited for `most`. */
  constructor(clock: Clock, most: Millis, open: () => void) {
    this.clock = clock
    this.most = most
    this.open = open
  }

  enter(call: CallContext, goOn: () => void): void {
    this.calls.push({ call, goOn })
    // The wait may be all that the process has to do.
    this.timer ??= this.clock.schedule(this.clock.now() + this.most, true, this.open, undefined)
  }

  empty(): void {
    this.timer?.cancel()
    const now = this.clock.now()
    for (const { call, goOn } of this.calls.splice(0)) {
      if (call.cancelled !== undefined) continue
      call.now = now
      goOn()
    }
  }
}
