import { loadReports, Service, type ServiceOptions, type ServicePolicy, type Mode, type Target } from '@inmesh/pipeline'
import type { Cluster } from '@inmesh/policy'
import type { Classify } from './classify.ts'
import { HealthChecks } from './health/health-checks.ts'
import type { HealthOptions } from './health/options.ts'
import type { Losers } from './losers.ts'
import type { HttpReply } from './reply.ts'
import { sendOver } from './send.ts'
import type { ClassifyEnd, SendEnv } from './send-env.ts'

/** What an HTTP service has beyond the policies that every protocol shares. */
export interface HttpPolicy extends ServicePolicy {
  /** A verdict of the user's on a reply's head. */
  readonly classify?: Classify
  /** A verdict of the user's on a reply that is over. */
  readonly classifyEnd?: ClassifyEnd
  /**
   * What becomes of a try that another one has beaten: `abort` costs an HTTP/1.1 socket; `drain` reads it to its end,
   * within 1 s and 128 KiB; `auto` aborts over HTTP/2, within a reset budget, and drains over HTTP/1.1. Default `auto`.
   */
  readonly losers?: Losers
  /** Asks endpoints whether they are well. Default: nothing is asked. */
  readonly health?: HealthOptions | false
}

export interface HttpServiceOptions extends Omit<ServiceOptions<HttpReply>, 'terminal' | 'policy'> {
  readonly policy: HttpPolicy
  /**
   * Requests keep the host of the origin that was called, as `Host` and as the name that TLS asks for; this is the one of
   * requests that name no origin. Undefined: each endpoint's own.
   */
  readonly host?: string | undefined
  /** Asked for by TLS instead. */
  readonly servername?: string | undefined
  readonly wallNow?: () => number
}

/** A callee over HTTP: the pipeline's service, with undici behind it. */
export class HttpService {
  readonly core: Service<HttpReply>
  readonly health: HealthChecks
  private readonly env: { current: SendEnv }
  private readonly options: HttpServiceOptions
  private readonly faulty: SendEnv['faulty']
  private readonly cluster = (): Cluster<Target> => this.core.cluster

  constructor(options: HttpServiceOptions) {
    this.options = options
    this.faulty = (what, error) => this.core.faults.record(what, error)
    this.env = { current: this.sendEnv(options.policy) }
    this.core = new Service<HttpReply>({ ...options, terminal: sendOver(this.env) })
    this.health = new HealthChecks(this.core, { host: options.host, servername: options.servername })
    this.health.configure(options.policy.health, this.core.mode)
  }

  /** A new policy over the same endpoints and estimates. */
  configure(policy: HttpPolicy, ceiling?: Mode): void {
    this.env.current = this.sendEnv(policy)
    this.core.configure(policy, ceiling)
    this.health.configure(policy.health, this.core.mode)
  }

  private sendEnv(policy: HttpPolicy): SendEnv {
    const { clock, wallNow = Date.now, host, servername } = this.options
    return {
      clock,
      wallNow,
      losers: policy.losers ?? 'auto',
      idle: policy.timeout === false ? undefined : policy.timeout?.idle,
      classify: policy.classify,
      classifyEnd: policy.classifyEnd,
      faulty: this.faulty,
      reports: loadReports(policy.balance, this.cluster),
      host,
      servername,
      direct: undefined,
    }
  }
}
