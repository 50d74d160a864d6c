import type { Metadata } from '@grpc/grpc-js'
import type { MethodKind } from './method.ts'
import type { EndStatus } from './wire.ts'

/** Whoever has called, as a reply sees it. */
export interface Reader {
  readonly kind: MethodKind
  /** Messages that it has asked for so far. */
  readonly reads: number
  metadata(metadata: Metadata): void
  message(message: unknown): void
  /** Told once; what comes later is not heard. */
  end(status: EndStatus): void
  /** A message that no server has sent, as this reader takes it. */
  local(value: unknown): unknown
  /** The reply has stood still for too long. */
  expireIdle(limit: number): void
}

/** A reply of gRPC: metadata, messages and a status, handed on or given up. */
export interface GrpcReply {
  /** Hands all that has come to whoever called, and from then on what comes as it comes. */
  relay(reader: Reader): void
  /** The reader wants one more message. */
  startRead(): void
}
