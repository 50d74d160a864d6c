import { connectivityState, Metadata, type ChannelInterface, type InterceptingListener, type StatusObject } from '@grpc/grpc-js'
import { item } from './catalog.ts'

type Call = ReturnType<ChannelInterface['createCall']>

const metadata = new Metadata()
const ok: StatusObject = { code: 0, details: 'OK', metadata }

/** A channel in memory whose calls are answered as soon as whoever made them is done. */
export class InstantChannel implements ChannelInterface {
  close(): void {}

  getTarget(): string {
    return 'instant'
  }

  getConnectivityState(): connectivityState {
    return connectivityState.READY
  }

  watchConnectivityState(): void {}

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    throw new Error('a channel in memory is nothing to look at')
  }

  createCall(): Call {
    return new InstantCall()
  }
}

class InstantCall implements Call {
  private listener: InterceptingListener | undefined = undefined

  start(_metadata: Metadata, listener: InterceptingListener): void {
    this.listener = listener
  }

  sendMessageWithContext(): void {}

  startRead(): void {}

  halfClose(): void {
    process.nextTick(answer, this)
  }

  answer(): void {
    const { listener } = this
    listener?.onReceiveMetadata(metadata)
    listener?.onReceiveMessage(item)
    listener?.onReceiveStatus(ok)
  }

  cancelWithStatus(): void {
    throw new Error('nobody gives a call up here')
  }

  setCredentials(): void {}

  getPeer(): string {
    return 'memory'
  }

  getCallNumber(): number {
    return 0
  }

  getAuthContext(): null {
    return null
  }
}

function answer(call: InstantCall): void {
  call.answer()
}
