import type { CallOptions } from '@inmesh/pipeline'
import type { ChannelInterface, connectivityState } from '@grpc/grpc-js'
import type { ClientCall } from './client-call.ts'
import type { MeshChannel } from './mesh-channel.ts'
import type { MethodKind } from './method.ts'
import type { Deadline, ParentCall } from './wire.ts'

/** A channel for methods of one kind, and for calls with options of their own: `createCall` is told neither. */
export class ChannelView implements ChannelInterface {
  private readonly channel: MeshChannel
  private readonly kind: MethodKind
  private readonly mesh: CallOptions | undefined

  constructor(channel: MeshChannel, kind: MethodKind, mesh?: CallOptions) {
    this.channel = channel
    this.kind = kind
    this.mesh = mesh
  }

  createCall(path: string, deadline: Deadline, host: string | null | undefined, parent: ParentCall, flags: number | null | undefined): ClientCall {
    return this.channel.make(this.kind, this.mesh, path, deadline, host, parent, flags)
  }

  close(): void {
    this.channel.close()
  }

  getTarget(): string {
    return this.channel.getTarget()
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.channel.getConnectivityState(tryToConnect)
  }

  watchConnectivityState(current: connectivityState, deadline: Date | number, callback: (error?: Error) => void): void {
    this.channel.watchConnectivityState(current, deadline, callback)
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.channel.getChannelzRef()
  }
}

/** A channel's views, one of each kind, made once. */
export class Views {
  private readonly channel: MeshChannel
  private readonly views: ChannelView[]

  constructor(channel: MeshChannel) {
    this.channel = channel
    this.views = [kindOf(false, false), kindOf(false, true), kindOf(true, false), kindOf(true, true)].map((kind) => new ChannelView(channel, kind))
  }

  of({ requestStream, responseStream }: MethodKind, mesh: CallOptions | undefined): ChannelView {
    if (mesh !== undefined) return new ChannelView(this.channel, kindOf(requestStream, responseStream), mesh)
    return this.views[(requestStream ? 2 : 0) + (responseStream ? 1 : 0)] as ChannelView
  }
}

function kindOf(requestStream: boolean, responseStream: boolean): MethodKind {
  return Object.freeze({ requestStream, responseStream })
}
