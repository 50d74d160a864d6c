import type { Clock, Complaint, Probe, Prober, Target, TimerHandle } from '@inmesh/pipeline'
import { Health, type Endpoint, type HealthChange, type HealthState, type Instant, type Millis, type Random } from '@inmesh/policy'
import type { HttpTarget } from '../http-target.ts'
import { HealthProbe, type ProbeEnv } from './health-probe.ts'
import type { HealthOptions } from './options.ts'

/** What a check needs of the service whose endpoint it watches. */
export interface CheckEnv {
  readonly clock: Clock
  readonly random: Random
  readonly probe: ProbeEnv
  /** Of a client of another protocol, while there is one. */
  readonly prober: Prober | undefined
  /** Read for each check, so that they may change. */
  readonly options: HealthOptions
  /** Each answer, and what it changed. */
  told(check: EndpointCheck, complaint: Complaint, latency: Millis, change: HealthChange | undefined): void
}

/** As plain data, instants on the mesh's clock. */
export interface HealthSnapshot {
  readonly endpoint: string
  readonly state: HealthState
  readonly since: Instant
  /** Checks in a row that said the contrary. */
  readonly contrary: number
  /** When the last answer came; absent before the first. */
  readonly checkedAt?: Instant
  /** Why the last check failed; absent when it succeeded. */
  readonly complaint?: string
}

/** Many clients must not ask at one time. */
const jitter = 0.1

/** The checks of one endpoint, one at a time. */
export class EndpointCheck {
  readonly endpoint: Endpoint<Target>
  readonly health: Health
  private readonly env: CheckEnv
  private timer: TimerHandle
  private probe: Probe | undefined = undefined
  private checkedAt: Instant | undefined = undefined
  private complaint: Complaint = undefined

  /** The first comes within an interval: at another moment in every process, for every endpoint. */
  constructor(env: CheckEnv, endpoint: Endpoint<Target>) {
    this.env = env
    this.endpoint = endpoint
    this.health = new Health(env.clock.now())
    this.timer = this.soon()
  }

  /** Whoever asked each hour does not wait for that hour to be over. */
  retime(): void {
    if (this.probe !== undefined) return
    this.timer.cancel()
    this.timer = this.soon()
  }

  begin(): void {
    const { clock, probe, prober, options } = this.env
    const start = clock.now()
    const done = (complaint: Complaint): void => this.checked(complaint, start)
    const { target } = this.endpoint
    if (options.grpc === undefined) this.probe = new HealthProbe(probe, target as HttpTarget, options, done)
    else if (prober === undefined) this.timer = this.soon()
    else this.probe = prober.probe(target, { service: options.grpc, timeout: options.timeout }, done)
  }

  stop(): void {
    this.timer.cancel()
    this.probe?.cancel()
  }

  inspect(): HealthSnapshot {
    const { endpoint: { key: endpoint }, health: { state, since, contrary }, checkedAt, complaint } = this
    return { endpoint, state, since, contrary, ...(checkedAt === undefined ? {} : { checkedAt }), ...(complaint === undefined ? {} : { complaint }) }
  }

  private soon(): TimerHandle {
    const { clock, random, options } = this.env
    return clock.schedule(clock.now() + options.interval * random.next(), false, begin, this)
  }

  private checked(complaint: Complaint, start: Instant): void {
    const { env } = this
    const { clock, random, options } = env
    const now = clock.now()
    this.probe = undefined
    this.checkedAt = now
    this.complaint = complaint
    const wait = options.interval * (1 - jitter + 2 * jitter * random.next())
    this.timer = clock.schedule(Math.max(now, start + wait), false, begin, this)
    env.told(this, complaint, now - start, this.health.checked(complaint === undefined, options, now))
  }
}

function begin(check: EndpointCheck): void {
  check.begin()
}
