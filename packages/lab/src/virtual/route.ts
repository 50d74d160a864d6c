import type { Caller } from './caller.ts'
import type { TryHandle, TrySink, Upstream, VirtualCall } from './contract.ts'
import type { Speaker } from './headers.ts'
import { headersOf } from './headers.ts'
import type { Instance } from './instance/instance.ts'
import { Try } from './try.ts'

/** One replica as one caller reaches it. There is one for each pair, a million in a large world, so it holds nothing else. */
export class Route implements Upstream {
  readonly caller: Caller
  readonly instance: Instance

  constructor(caller: Caller, instance: Instance) {
    this.caller = caller
    this.instance = instance
  }

  get name(): string {
    return this.instance.name
  }

  get index(): number {
    return this.instance.index
  }

  get weight(): number {
    return this.instance.weight
  }

  get zone(): string | undefined {
    return this.instance.zone
  }

  get reports(): boolean {
    return this.instance.service.reports
  }

  send(call: VirtualCall, ordinal: number, sink: TrySink, speaker?: Speaker): TryHandle {
    const { instance } = this
    const { engine } = instance
    const now = engine.agenda.now()
    const sent = new Try(instance, this.caller, call, ordinal, sink, now)
    sent.row = engine.tries.add(now, instance.place, call.root ?? call.index)
    if (speaker !== undefined && instance.gate !== undefined) sent.headers = headersOf(speaker)
    instance.travel(sent)
    sent.fresh = false
    return sent
  }
}
