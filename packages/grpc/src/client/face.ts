import type { Payload } from '@inmesh/pipeline'
import type { Metadata } from '@grpc/grpc-js'
import type { GrpcReply, Reader } from './reply.ts'
import type { RequestLog } from './request-log.ts'
import type { Opening, Routes } from './route.ts'
import type { SendEnv } from './send-env.ts'
import type { EndStatus, TryCall } from './wire.ts'

/** The try that what the caller sends goes to at once. */
export interface LiveTry {
  readonly wire: TryCall | undefined
  startRead(): void
  /** There is more to send. */
  pump(): void
}

/** A call as its caller holds it, as seen from the chain beneath. */
export interface Face extends Reader, Opening {
  readonly env: {
    readonly send: SendEnv
    readonly routes: Routes
    /** Whether any endpoint is connected, or none ever will be; asks those that are not to connect. */
    connected(): boolean
  }
  /** Whether it would rather wait for a connection than fail (`waitForReady`). */
  readonly waits: boolean
  readonly log: RequestLog
  readonly payload: Payload
  /** The caller's metadata, a copy that is ours to write to. */
  readonly sent: Metadata | undefined
  /** How its caller has ended it; undefined while he has not. */
  readonly cancelledWith: EndStatus | undefined
  live: LiveTry | undefined
  answered(reply: GrpcReply): void
  refused(status: EndStatus): void
}
