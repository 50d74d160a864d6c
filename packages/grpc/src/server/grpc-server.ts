import type { ServerInterceptor } from '@grpc/grpc-js'
import { checks } from '@inmesh/pipeline'
import { controlOf, ServerCore, type Door, type DrainReport, type Meshed, type ServerControl } from '@inmesh/server'
import { Connections } from './connections.ts'
import { doorOf, grpcDrainKind, type GrpcDrainOptions } from './drain.ts'
import { GovernedCall } from './governed-call.ts'
import { GrpcHealth } from './health.ts'
import { coreOptions, type GrpcServerOptions } from './options.ts'

/** An interceptor for servers of grpc-js: `new Server({ interceptors: [governed] })`. */
export interface GrpcServer extends ServerInterceptor, Omit<ServerControl, 'drain'> {
  /** `grpc.health.v1.Health`, for `health.addToServer(server)`. */
  readonly health: GrpcHealth
  /**
   * A shutdown: health says NOT_SERVING, the servers stop accepting and say so on each connection (GOAWAY), calls under way may
   * end within a time, and what has not is answered UNAVAILABLE and reported. Called again it answers the same report. The
   * process is yours to end.
   */
  drain(options?: GrpcDrainOptions): Promise<DrainReport>
}

/**
 * inmesh as an interceptor of a grpc-js server, the first of its list: the first is nearest to the wire. Deadlines, admission,
 * limits, and the context that calls beneath inherit, for all four kinds of handlers. `mesh` may be undefined for a service
 * that calls nobody. Throws one `TypeError` that lists every mistake in the options.
 */
export function grpcServer(mesh?: Meshed, options?: GrpcServerOptions): GrpcServer {
  const core = new ServerCore('grpcServer', mesh, coreOptions(options))
  const connections = new Connections(core)
  const health = new GrpcHealth(core)
  const interceptor: ServerInterceptor = (method, call) => new GovernedCall(core, connections, method, call)
  const watchers: Door = {
    close: (done) => {
      health.end()
      done?.()
    },
  }
  const drain = async ({ server = connections, ...others }: GrpcDrainOptions = {}): Promise<DrainReport> => {
    checks.assertKind('drain', { server, ...others }, grpcDrainKind)
    return core.drain({ ...others, server: [watchers, ...[server].flat().map(doorOf)] })
  }
  return Object.assign(interceptor, { ...controlOf(core), drain, health })
}
