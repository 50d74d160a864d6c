import type { ChannelInterface, InterceptingListener, StatusObject } from '@grpc/grpc-js'

/** A call as a channel makes it: what grpc-js's clients, and our tries, speak to. */
export type WireCall = ReturnType<ChannelInterface['createCall']>
export type MessageContext = Parameters<WireCall['sendMessageWithContext']>[0]
export type Deadline = Parameters<ChannelInterface['createCall']>[1]
export type ParentCall = Parameters<ChannelInterface['createCall']>[3]

/** The part of a call that a try needs; an intercepted call has it as well. */
export type TryCall = Pick<WireCall, 'cancelWithStatus' | 'getPeer' | 'sendMessageWithContext' | 'startRead' | 'halfClose'> & {
  start(metadata: Parameters<WireCall['start']>[0], listener: InterceptingListener): void
  /** Absent before grpc-js 1.14. */
  getAuthContext?: WireCall['getAuthContext']
}

/** What a caller is told at the end; `cause` is what `explain()` finds the tries by, and grpc-js hands it on with the error. */
export interface EndStatus extends StatusObject {
  readonly cause?: unknown
}
