import { EdgeCall, InmeshError, type CallOptions, type ClientWire, type EdgeEnv, type Exchange, type Payload } from '@inmesh/pipeline'
import { CODES, type Code, type Repeat } from '@inmesh/policy'
import { Metadata } from '@grpc/grpc-js'
import type { Face } from './face.ts'
import type { GrpcReply } from './reply.ts'
import { valueReply } from './value-reply.ts'
import type { EndStatus } from './wire.ts'

/** One call on its way through the policies; `face` is what grpc-js's client holds of it. */
export class GrpcCall extends EdgeCall<GrpcReply> {
  readonly face: Face

  constructor(env: EdgeEnv, options: CallOptions | undefined, operation: string, repeat: Repeat, dice: number, face: Face) {
    super(env, options, operation, repeat, dice)
    this.face = face
  }

  get payload(): Payload {
    return this.face.payload
  }

  override get onWire(): ClientWire {
    return wireOf(this.service)
  }

  /** The reply has stood still for too long. */
  expireIdle(limit: number): void {
    this.expireBy('timeout.idle', limit)
  }

  override replyOf(value: unknown): GrpcReply {
    return valueReply(value)
  }

  protected override deliver({ head, reply }: Exchange<GrpcReply>): void {
    if (reply !== undefined) this.face.answered(reply)
    else if (head.kind === 'failure') this.face.refused(statusOf(head.code, head.cause))
    else this.face.refused(this.face.cancelledWith ?? statusOf('CANCELLED', this.gaveUp))
  }

  /** A reply that is being read ends with this; its try hears the cancel itself. */
  protected override interrupt(error: unknown): void {
    const { cancelledWith } = this.face
    this.face.end(cancelledWith ?? statusOf(InmeshError.is(error) && error.code === 'INMESH_DEADLINE_EXCEEDED' ? 'DEADLINE_EXCEEDED' : 'CANCELLED', error))
  }
}

const MOST_SERVICES = 1000
const wires = new Map<string, ClientWire>()

function wireOf(address: string): ClientWire {
  const known = wires.get(address)
  if (known !== undefined) return known
  const made: ClientWire = { protocol: 'grpc', address }
  if (wires.size < MOST_SERVICES) wires.set(address, made)
  return made
}

/** What a caller is told of what a policy refused. */
export function statusOf(code: Code, cause: unknown): EndStatus {
  const details = cause instanceof Error ? cause.message : code
  return { code: CODES.indexOf(code), details, metadata: new Metadata(), cause }
}
