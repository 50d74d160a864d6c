import type { InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js'

/**
 * What grpc-js holds of whoever listens to a call, and lets go of at its status. A stream of Node's HTTP/2 that has ended
 * outlives collections of the young generation, with all that can be reached from it, and the call's listener is: were it the
 * try itself, all of a call would be copied twice and then wait for a collection of everything.
 */
export class Ear implements InterceptingListener {
  private listener: InterceptingListener | undefined

  constructor(listener: InterceptingListener) {
    this.listener = listener
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.listener?.onReceiveMetadata(metadata)
  }

  onReceiveMessage(message: unknown): void {
    this.listener?.onReceiveMessage(message)
  }

  onReceiveStatus(status: StatusObject): void {
    const { listener } = this
    this.listener = undefined
    listener?.onReceiveStatus(status)
  }
}
