import { enforcement, strictest, type Complaint, type MeshEvent, type Mode, type Prober, type Service, type Target } from '@inmesh/pipeline'
import type { Endpoint, HealthChange, Millis } from '@inmesh/policy'
import type { HttpReply } from '../reply.ts'
import { EndpointCheck, type CheckEnv, type HealthSnapshot } from './endpoint-check.ts'
import type { ProbeEnv } from './health-probe.ts'
import type { HealthOptions } from './options.ts'

/** What a health event says beside its service and its instant. */
type Telling = Extract<MeshEvent, { type: 'health-checked' | 'unreachable' | 'reachable' }> extends infer E ? (E extends unknown ? Omit<E, 'service' | 'at'> : never) : never

/**
 * Asks every endpoint of a service, again and again, whether it is well, and keeps traffic off those that are not. Nothing
 * is asked until it is configured.
 */
export class HealthChecks implements CheckEnv {
  readonly probe: ProbeEnv
  private readonly service: Service<HttpReply>
  private readonly checks = new Map<Endpoint<Target>, EndpointCheck>()
  private current: HealthOptions | undefined = undefined
  private acts = false
  /** Of clients of another protocol; the newest asks. */
  private readonly probers: Prober[] = []

  constructor(service: Service<HttpReply>, names: Omit<ProbeEnv, 'clock'>) {
    this.service = service
    this.probe = { clock: service.clock, ...names }
  }

  get clock(): Service<HttpReply>['clock'] {
    return this.service.clock
  }

  get random(): Service<HttpReply>['random'] {
    return this.service.random
  }

  get options(): HealthOptions {
    if (this.current === undefined) throw new Error('nothing is checked before it is configured')
    return this.current
  }

  /** `ceiling`: how far any policy of the service may go. What is known of an endpoint stays when its checks are changed. */
  configure(options: HealthOptions | false | undefined, ceiling: Mode): void {
    // For a share of calls an endpoint cannot be away: below the whole, it is only told.
    const share = options === false || options === undefined ? enforcement('off') : enforcement(strictest(ceiling, options.mode))
    const before = this.current
    this.current = options === false || share < 0 ? undefined : options
    this.acts = share === 1
    this.sync()
    if (before?.interval !== this.current?.interval) for (const check of this.checks.values()) check.retime()
  }

  get prober(): Prober | undefined {
    return this.probers.at(-1)
  }

  probeBy(prober: Prober): () => void {
    this.probers.push(prober)
    return () => {
      const at = this.probers.indexOf(prober)
      if (at >= 0) this.probers.splice(at, 1)
    }
  }

  /** Brings the checks in line with who belongs to the service now. */
  sync(): void {
    const members = new Set(this.current === undefined ? [] : this.service.cluster.pool.members)
    for (const [endpoint, check] of this.checks) if (!members.has(endpoint)) this.forget(endpoint, check)
    for (const endpoint of members) {
      if (!this.checks.has(endpoint)) this.checks.set(endpoint, new EndpointCheck(this, endpoint))
    }
    for (const check of this.checks.values()) this.mark(check)
  }

  stop(): void {
    this.current = undefined
    this.sync()
  }

  inspect(): readonly HealthSnapshot[] | undefined {
    return this.current === undefined ? undefined : [...this.checks.values()].map((check) => check.inspect())
  }

  told(check: EndpointCheck, complaint: Complaint, latency: Millis, change: HealthChange | undefined): void {
    const { key: endpoint } = check.endpoint
    this.tell({ type: 'health-checked', endpoint, ok: complaint === undefined, latency, ...(complaint === undefined ? {} : { complaint }) })
    if (change === undefined) return
    this.mark(check)
    if (complaint !== undefined) this.tell({ type: 'unreachable', endpoint, complaint })
    else if (change.from === 'unhealthy') this.tell({ type: 'reachable', endpoint, outFor: change.lasted })
  }

  /** What left is not kept away should it come back: by then nobody has asked it. */
  private forget(endpoint: Endpoint<Target>, check: EndpointCheck): void {
    check.stop()
    this.checks.delete(endpoint)
    this.service.cluster.setUnreachable(endpoint, false)
  }

  private mark({ endpoint, health }: EndpointCheck): void {
    const away = this.acts && health.state === 'unhealthy'
    if (endpoint.unreachable !== away) this.service.cluster.setUnreachable(endpoint, away)
  }

  private tell(event: Telling): void {
    const { observers, service, clock } = this.service
    if (observers.active) observers.emit({ ...event, service, at: clock.now() } as MeshEvent)
  }
}
