import { assertCallOptions, TryContext, type AnyScope, type CallOptions, type Lendable, type ServiceCore, type Target } from '@inmesh/pipeline'
import { connectivityState, type ChannelInterface } from '@grpc/grpc-js'
import { ClientCall, type ClientEnv } from './client-call.ts'
import { GrpcConnection, type OpenChannel } from './connection.ts'
import type { Methods, MethodKind } from './method.ts'
import type { Deadline, ParentCall } from './wire.ts'

/** So often a channel that somebody waits for looks at its endpoints'. */
const LOOK = 20

const states = [connectivityState.READY, connectivityState.CONNECTING, connectivityState.IDLE]

/**
 * The channel that a client of a service has: each call is placed by the service's policies, each try goes over a channel of
 * its endpoint's own. What a client asks of its channel is answered for all of them.
 */
export class MeshChannel implements ChannelInterface {
  readonly core: ServiceCore
  readonly methods: Methods
  private readonly env: () => ClientEnv
  private readonly openChannel: OpenChannel
  private readonly connections = new Map<Target, GrpcConnection>()
  private readonly onClose: () => void
  private shut = false

  constructor(core: ServiceCore, methods: Methods, env: (channel: MeshChannel) => () => ClientEnv, openChannel: OpenChannel, onClose: () => void) {
    this.core = core
    this.methods = methods
    this.openChannel = openChannel
    this.onClose = onClose
    this.env = env(this)
  }

  get isShut(): boolean {
    return this.shut
  }

  /** Calls under way end as they would; new ones are refused. */
  close(): void {
    if (this.shut) return
    this.shut = true
    this.onClose()
    for (const connection of this.connections.values()) void connection.close()
  }

  getTarget(): string {
    return `inmesh:${this.core.service}`
  }

  /** The best of its endpoints'; to connect is to connect to each of them. */
  getConnectivityState(tryToConnect: boolean): connectivityState {
    if (this.shut) return connectivityState.SHUTDOWN
    const { members } = this.core.cluster.pool
    const found = new Set<connectivityState>()
    for (const { target } of members) {
      const connection = tryToConnect ? this.connectionTo(target) : this.connections.get(target)
      found.add(connection?.state(tryToConnect) ?? connectivityState.IDLE)
    }
    if (members.length === 0) return connectivityState.IDLE
    return states.find((state) => found.has(state)) ?? connectivityState.TRANSIENT_FAILURE
  }

  watchConnectivityState(current: connectivityState, deadline: Date | number, callback: (error?: Error) => void): void {
    const { clock } = this.core
    const until = clock.now() + (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now()
    const look = (): void => {
      // An idle endpoint that somebody waits for is asked to connect, as one that a call goes to would be.
      if (this.getConnectivityState(!this.shut && current !== connectivityState.SHUTDOWN) !== current) return callback()
      if (clock.now() >= until) return callback(new Error('Deadline passed without connectivity state change'))
      clock.schedule(Math.min(until, clock.now() + LOOK), true, look, undefined)
    }
    clock.schedule(clock.now(), true, look, undefined)
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    const [first] = this.connections.values()
    return first?.channelz() ?? ({ kind: 'channel', id: 0, name: this.getTarget() } as ReturnType<ChannelInterface['getChannelzRef']>)
  }

  createCall(path: string, deadline: Deadline, host: string | null | undefined, parent: ParentCall, flags: number | null | undefined): ClientCall {
    return this.make(unknownKind, undefined, path, deadline, host, parent, flags)
  }

  make(kind: MethodKind, mesh: CallOptions | undefined, path: string, deadline: Deadline, host: string | null | undefined, parent: ParentCall, flags: number | null | undefined): ClientCall {
    assertCallOptions(mesh)
    return new ClientCall(this.env(), { path, facts: this.methods.of(path), kind, mesh, deadline, host, parent, flags })
  }

  readonly routeOf = (context: AnyScope): GrpcConnection => {
    if (!(context instanceof TryContext) || context.placed === undefined) throw new Error('a try over a mesh has an endpoint')
    return this.connectionTo(context.placed.target)
  }

  private connectionTo(target: Target): GrpcConnection {
    const known = this.connections.get(target)
    if (known !== undefined) return known
    const connection: GrpcConnection = new GrpcConnection(this.openChannel(target), this.core.clock, () => {
      this.connections.delete(target)
      detach?.()
    })
    const detach = isLendable(target) ? target.attach(connection) : undefined
    this.connections.set(target, connection)
    // A call that was under way when its client was closed may have tries to come.
    if (this.shut) connection.closeBehind()
    return connection
  }
}

/** A client without our transformer: what may be a stream is taken for one, which shows nothing too late and repeats too little. */
const unknownKind: MethodKind = Object.freeze({ requestStream: true, responseStream: true })

function isLendable(target: Target): target is Target & Lendable {
  return 'attach' in target && typeof target.attach === 'function'
}
