import { checks, durationKind, modeKind } from '@inmesh/pipeline'
import { assertServerOptions, serverFields, type DeadlineOptions, type HealthOptions, type ServerOptions } from '@inmesh/server'
import { HEALTH_PATHS } from './health.ts'

/** `bounds` is not there: a deadline of gRPC is for the whole call, and grpc-js ends it then. */
export type GrpcDeadlineOptions = Omit<DeadlineOptions, 'bounds'>

/** Every option has a default: `grpcServer(mesh)` is a whole configuration. */
export interface GrpcServerOptions extends Omit<ServerOptions, 'deadline' | 'health'> {
  readonly deadline?: GrpcDeadlineOptions | false
  /**
   * Which calls ask how the server is, by their paths (`/pkg.Health/Check`) or a function of the call. Default those of
   * `grpc.health.v1.Health`. `readiness`: those that are refused with UNAVAILABLE while the server drains. Default none:
   * the service of `grpcServer(…).health` says NOT_SERVING by itself. `false`: none is treated in its own way.
   */
  readonly health?: HealthOptions | false
}

const deadline = checks.shape<GrpcDeadlineOptions>({ reserve: durationKind, mode: modeKind })
const orFalse: checks.Kind = { ...deadline, accepted: `${deadline.accepted}, or false`, allows: (value) => value === false || deadline.allows(value) }

/** As the core takes them. Throws one `TypeError` that lists every mistake. */
export function coreOptions(options: GrpcServerOptions = {}): ServerOptions {
  assertServerOptions('grpcServer', options, (min) => ({ ...serverFields(min), deadline: orFalse }))
  const { deadline: own = {}, health = {}, ...others } = options
  return {
    ...others,
    deadline: own === false ? false : { ...own, bounds: 'whole' },
    health: health === false ? false : { paths: health.paths ?? HEALTH_PATHS, readiness: health.readiness ?? [] },
  }
}
