import type { Instant, Outcome } from '@inmesh/policy'
import type { CallSink, MakeClient, TrySink, VirtualCall } from '../contract.ts'

/** No client at all: each call is one try to the first upstream. What is measured with it is the engine. */
export const directClient: MakeClient = ({ upstreams }) => {
  let [first] = upstreams
  return {
    call: (call, sink) => void first?.send(call, 0, new DirectTry(call, sink)),
    members: (list) => void ([first] = list)
  }
}

/** A try whose head is its call's end. */
export class DirectTry implements TrySink {
  private readonly call: VirtualCall
  private readonly sink: CallSink

  constructor(call: VirtualCall, sink: CallSink) {
    this.call = call
    this.sink = sink
  }

  onHead(outcome: Outcome, now: Instant): void {
    this.sink.onEnd(this.call, outcome, now)
  }
}
