import { status, type MethodDefinition, type sendUnaryData, type Server, type ServerUnaryCall, type ServerWritableStream, type UntypedServiceImplementation } from '@grpc/grpc-js'
import type { ServerCore } from '@inmesh/server'
import { decodeHealthRequest, decodeHealthResponse, encodeHealthRequest, encodeHealthResponse, type HealthCheckRequest, type HealthCheckResponse, type ServingStatus } from '../health-messages.ts'

export type { HealthCheckRequest, HealthCheckResponse, ServingStatus }

const SERVICE = 'grpc.health.v1.Health'

/** Of `grpc.health.v1`, by the paths under which they are called. */
export const HEALTH_PATHS: readonly string[] = [`/${SERVICE}/Check`, `/${SERVICE}/Watch`]

type Watcher = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>

/**
 * The standard health service, which says NOT_SERVING as soon as a drain begins, and ends those who watch when connections are
 * closed: a stream that waits for news would otherwise be cut off as work that took too long. Never refused for load,
 * limits or deadlines.
 */
export class GrpcHealth {
  private readonly core: ServerCore
  private readonly statuses = new Map<string, ServingStatus>([['', 'SERVING']])
  /** Each with what it was told last. */
  private readonly watchers = new Map<Watcher, ServingStatus>()
  private over = false

  constructor(core: ServerCore) {
    this.core = core
    core.onDraining(() => this.tell())
  }

  addToServer(server: Pick<Server, 'addService'>): void {
    server.addService(healthService, this.implementation)
  }

  /** `service`: as clients ask for it, such as `pkg.Users`; `''` is the server as a whole, SERVING unless it is said otherwise. */
  setStatus(service: string, serving: Exclude<ServingStatus, 'SERVICE_UNKNOWN'>): void {
    this.statuses.set(service, serving)
    this.tell()
  }

  /** @internal Those who watch are sent away. */
  end(): void {
    this.over = true
    for (const watcher of this.watchers.keys()) sendAway(watcher)
    this.watchers.clear()
  }

  private of(service: string): ServingStatus {
    const own = this.statuses.get(service)
    if (own === undefined) return 'SERVICE_UNKNOWN'
    return this.core.isDraining ? 'NOT_SERVING' : own
  }

  private tell(): void {
    for (const [watcher, last] of this.watchers) {
      const now = this.of(watcher.request.service)
      if (now === last) continue
      this.watchers.set(watcher, now)
      watcher.write({ status: now })
    }
  }

  private get implementation(): UntypedServiceImplementation {
    return {
      Check: ({ request }: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>, answer: sendUnaryData<HealthCheckResponse>) => {
        const serving = this.of(request.service)
        if (serving === 'SERVICE_UNKNOWN') answer({ code: status.NOT_FOUND, details: 'nobody has told the health of this service' })
        else answer(null, { status: serving })
      },
      Watch: (watcher: Watcher) => {
        if (this.over) return sendAway(watcher)
        const serving = this.of(watcher.request.service)
        this.watchers.set(watcher, serving)
        watcher.on('cancelled', () => this.watchers.delete(watcher))
        watcher.write({ status: serving })
      },
    }
  }
}

function sendAway(watcher: Watcher): void {
  watcher.emit('error', Object.assign(new Error('the server is shut down'), { code: status.UNAVAILABLE, details: 'the server is shut down' }))
}

type HealthMethod = MethodDefinition<HealthCheckRequest, HealthCheckResponse>

const method = (name: string, responseStream: boolean): HealthMethod => ({
  path: `/${SERVICE}/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: encodeHealthRequest,
  requestDeserialize: decodeHealthRequest,
  responseSerialize: encodeHealthResponse,
  responseDeserialize: decodeHealthResponse,
})

/** For servers and clients, as a generated one is. */
export const healthService: { readonly Check: HealthMethod; readonly Watch: HealthMethod } = { Check: method('Check', false), Watch: method('Watch', true) }
