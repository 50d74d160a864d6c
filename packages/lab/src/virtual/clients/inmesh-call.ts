import { EdgeCall } from '@inmesh/pipeline'
import type { CallOptions, EdgeEnv, Exchange, Payload } from '@inmesh/pipeline'
import type { CallSink, VirtualCall } from '../contract.ts'

/** A reply has a status and nothing else. */
export interface VirtualReply {
  readonly status: number
}

const NO_BODY: Payload = Object.freeze({ kind: 'none', touched: false })
/** Load generators send texts, which can be sent again. */
const TEXT: Payload = Object.freeze({ kind: 'replayable', touched: true })

/** The outer end of one call: the shipping edge, settled into the world's sink. */
export class InmeshCall extends EdgeCall<VirtualReply> {
  readonly payload: Payload
  readonly virtual: VirtualCall
  private readonly sink: CallSink

  constructor(env: EdgeEnv, call: VirtualCall, options: CallOptions | undefined, dice: number, sink: CallSink) {
    const { method, repeat, bodyBytes } = call.requestClass
    // An operation that nobody names is its method, as over HTTP.
    super(env, options, method, repeat, dice)
    this.virtual = call
    this.sink = sink
    this.payload = bodyBytes === 0 ? NO_BODY : TEXT
  }

  protected override deliver({ head, at }: Exchange<VirtualReply>): void {
    this.sink.onEnd(this.virtual, head, at)
  }

  /** A reply comes whole here: there is no body left to cut off. */
  protected override interrupt(): void {}
}
