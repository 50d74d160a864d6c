import { loadReports, refusal, SettledExchange, type LendingHost, type LentService, type ServiceCore, type ServicePolicy, type Target } from '@inmesh/pipeline'
import { Channel, connectivityState, type CallInvocationTransformer, type ChannelCredentials, type ChannelInterface, type ClientOptions } from '@grpc/grpc-js'
import { meshOf } from './call-options.ts'
import { Views } from './channel-view.ts'
import { childTarget } from './child-target.ts'
import { FAILING } from './classify.ts'
import type { ClientEnv } from './client-call.ts'
import { assertGrpcOptions, type GrpcOptions } from './grpc-options.ts'
import { HealthProber } from './health/health-prober.ts'
import { MeshChannel } from './mesh-channel.ts'
import { Methods } from './method.ts'
import type { GrpcReply } from './reply.ts'
import type { SendEnv } from './send-env.ts'
import { sendGrpc } from './send.ts'
import { lettingLocal } from './value-reply.ts'

/** The services of a mesh for grpc-js's clients. */
export interface GrpcMesh<Name extends string = string> {
  /**
   * Options for the constructor of a grpc-js client, generated or not: its calls go to the endpoints of that service, under
   * its policies. The address that the client is given is not used; its credentials and channel options are each
   * connection's. Options of yours go beside them: `{ ...grpc(mesh).options('catalog'), 'grpc.keepalive_time_ms': 30_000 }`.
   *
   * Throws for a service that the mesh does not have, and one `TypeError` that lists every mistake in the options.
   */
  options(name: Name, options?: GrpcOptions): ClientOptions
}

/** The part of a mesh that is needed. */
export interface MeshOfServices<Name extends string = string> {
  readonly host: LendingHost
  service(name: Name): unknown
}

/** Adapts a mesh to grpc-js: `new CatalogClient('catalog', credentials, grpc(mesh).options('catalog'))`. */
export function grpc<Name extends string>(mesh: MeshOfServices<Name>): GrpcMesh<Name> {
  return {
    options: (name, options = {}) => {
      assertGrpcOptions('grpc.options', options)
      return optionsOf(mesh.host.lend(name), options)
    },
  }
}

/** Where a client's options have it that retries are grpc-js's own, they are ours. */
const ours: ClientOptions = { 'grpc.enable_retries': 0 }

export function optionsOf(lent: LentService, options: GrpcOptions): ClientOptions {
  const methods = new Methods(options.service, options.repeat)
  const views = new WeakMap<ChannelInterface, Views>()
  const channelFactoryOverride = (_address: string, credentials: ChannelCredentials, given: ClientOptions): ChannelInterface => {
    const settings = childOptions(lent, given)
    const open = (target: Target): ChannelInterface => options.openChannel?.(target, credentials, settings) ?? new Channel(childTarget(target.url), credentials, settings)
    const prober = new HealthProber(open, lent.core.clock)
    const takeBack = lent.probeBy(prober)
    const channel = new MeshChannel(lent.core, methods, (made) => environment(lent.core, options, made), open, takeBack)
    views.set(channel, new Views(channel))
    return channel
  }
  const callInvocationTransformer: CallInvocationTransformer = (call) => {
    const known = views.get(call.channel)
    if (known === undefined) return call
    call.channel = known.of(call.methodDefinition, meshOf(call.callOptions))
    if (lent.core.policy.fallback) {
      const { methodDefinition } = call
      call.methodDefinition = { ...methodDefinition, responseDeserialize: lettingLocal(methodDefinition.responseDeserialize) }
    }
    return call
  }
  return { channelFactoryOverride, callInvocationTransformer }
}

/** Of a client's options those of its channels, with the name of the service where it has one of its own. */
function childOptions({ host, servername }: LentService, given: ClientOptions): ClientOptions {
  const { channelFactoryOverride: _factory, callInvocationTransformer: _transformer, channelOverride: _channel, interceptors: _interceptors, interceptor_providers: _providers, ...channel } = given
  const tlsName = servername ?? (host === undefined ? undefined : host.replace(/:\d+$/, ''))
  return {
    ...(host === undefined ? {} : { 'grpc.default_authority': host }),
    ...(tlsName === undefined ? {} : { 'grpc.ssl_target_name_override': tlsName }),
    ...channel,
    ...ours,
  }
}

const chains = new WeakMap<ServiceCore, ReturnType<ServiceCore['chain']>>()

/** Read for each call; made anew when the policy has changed. */
function environment(core: ServiceCore, options: GrpcOptions, channel: MeshChannel): () => ClientEnv {
  let chain = chains.get(core) as ReturnType<typeof core.chain<GrpcReply>> | undefined
  if (chain === undefined) {
    chain = core.chain<GrpcReply>(sendGrpc)
    chains.set(core, chain as ReturnType<ServiceCore['chain']>)
  }
  const way = chain
  let policy: ServicePolicy | undefined
  let env: ClientEnv | undefined
  let run = way.run
  let shut: ClientEnv | undefined
  return () => {
    if (channel.isShut) return (shut ??= { ...current(), run: refuseShut })
    return current()
  }
  function current(): ClientEnv {
    if (env !== undefined && policy === core.policy && run === way.run && env.edge === core.edge) return env
    policy = core.policy
    run = way.run
    env = { edge: core.edge, send: sendEnv(core, options, core.policy), routes: channel.routeOf, run, dice: () => core.random.next(), connected: () => channel.isShut || channel.getConnectivityState(true) === connectivityState.READY, target: channel.getTarget() }
    return env
  }
}

/** As grpc-js ends calls of a client that was closed. */
const refuseShut: ClientEnv['run'] = (call, done) => done(new SettledExchange(refusal('UNAVAILABLE', new Error('Channel has been shut down')), call.now))

function sendEnv(core: ServiceCore, { classify }: GrpcOptions, policy: ServicePolicy): SendEnv {
  const { clock } = core
  return {
    clock,
    wallNow: Date.now,
    idle: policy.timeout === false ? undefined : policy.timeout?.idle,
    failing: new Set([...FAILING, ...retried(policy)]),
    classify,
    faulty: (what, error) => core.faults.record(what, error),
    reports: loadReports(policy.balance, () => core.cluster),
    serialised: true,
  }
}

/** Whoever wants a code retried means that it is a failure. */
function retried({ retry }: ServicePolicy): readonly string[] {
  return retry === undefined || retry === false ? [] : (retry.codes ?? []).map(String)
}
