import { assertCallOptions, assertLayers, nodeClock, nodeRandom, Observers, plainEdge, Standalone, type AnyLayer, type Checked } from '@inmesh/pipeline'
import { status, type InterceptingCall, type Interceptor, type InterceptorOptions, type NextCall } from '@grpc/grpc-js'
import { meshOf } from './call-options.ts'
import { FAILING } from './classify.ts'
import { ClientCall, type ClientEnv } from './client-call.ts'
import { Methods } from './method.ts'
import type { GrpcReply } from './reply.ts'
import type { Opening, Routable, Route } from './route.ts'
import type { SendEnv } from './send-env.ts'
import { sendGrpc } from './send.ts'
import type { TryCall } from './wire.ts'

/**
 * Policies as a grpc-js interceptor, for a client that you already have: `new CatalogClient(address, credentials, {
 * interceptors: [grpcInterceptor(timeout('300ms'))] })`. The first policy listed is outermost, as everywhere here. There is
 * no balancing here, so an extra try goes where the channel beneath sends it; retries of the channel's own service config
 * come on top: `'grpc.enable_retries': 0` takes them out. Interceptors that are given to a call take the place of the
 * client's in grpc-js, this one included. What may be sent again only a call itself can say, by `callOptions`: grpc-js
 * does not tell an interceptor of a method's `idempotency_level`.
 */
export function grpcInterceptor<const L extends readonly AnyLayer[]>(...layers: L & Checked<'call', L>): Interceptor {
  assertLayers('grpcInterceptor', layers)
  const observers = new Observers()
  const clock = nodeClock()
  const service = 'grpc'
  const edge = plainEdge(service, clock, observers)
  const chain = new Standalone<GrpcReply>({ service, clock, random: nodeRandom, observers }, layers, sendGrpc)
  const methods = new Methods(undefined)
  const send: SendEnv = {
    clock, wallNow: Date.now, idle: undefined, failing: new Set(FAILING), classify: undefined, faulty: (what, error) => chain.faults.record(what, error), reports: undefined, serialised: false,
  }
  return (options, nextCall) => {
    const mesh = meshOf(options)
    assertCallOptions(mesh)
    const { path, requestStream, responseStream } = options.method_definition
    const { deadline = Infinity, host, parent = null, propagate_flags: flags } = options
    const way = new NextCalls(options, nextCall)
    const env: ClientEnv = { edge, send, routes: () => way, run: chain.run, dice: () => nodeRandom.next(), connected: () => true, target: 'unknown' }
    const call = new ClientCall(env, { path, facts: methods.of(path), kind: { requestStream, responseStream }, mesh, deadline, host, parent: parent as never, flags })
    // All that grpc-js asks of an intercepted call is there; its class has private fields, which no other has.
    return call as unknown as InterceptingCall
  }
}

/** What lies beneath the interceptor: each try is a call of its own there. */
class NextCalls implements Route {
  readonly ready = false
  readonly target = undefined
  private readonly options: InterceptorOptions
  private readonly nextCall: NextCall

  constructor(options: InterceptorOptions, nextCall: NextCall) {
    this.options = options
    this.nextCall = nextCall
  }

  open(_attempt: Routable, { wallDeadline }: Opening): TryCall {
    const { options } = this
    const call = this.nextCall(wallDeadline === Infinity ? options : { ...options, deadline: wallDeadline })
    return call as unknown as TryCall
  }

  cancel({ wire }: Routable): void {
    wire?.cancelWithStatus(status.CANCELLED, 'The call was given up')
  }

  over(): void {}
}
