import type { Instant, Millis, Random } from '@inmesh/policy'
import type { LoadReport, VirtualCall } from '../../contract.ts'
import type { PeerEndpoint } from '../client/endpoint.ts'
import { Balancer } from '../client/parts.ts'
import { EarliestDeadline } from './earliest-deadline.ts'
import { EndpointWeight } from './endpoint-weight.ts'
import type { WeightRules } from './endpoint-weight.ts'
import { RoundRobin } from './round-robin.ts'

export interface WeightedRoundRobinOptions extends WeightRules {
  readonly weightUpdatePeriod: Millis
}

/**
 * Round robin by the weights that endpoints report, gRPC A58. Weights are looked at anew once a period, at the first pick
 * in it; endpoints without one count as the mean, and with fewer than two weights it is plain round robin.
 */
export class WeightedRoundRobin extends Balancer {
  private readonly options: WeightedRoundRobinOptions
  private readonly random: Random
  private readonly equal: RoundRobin
  private readonly weights: (EndpointWeight | undefined)[] = []
  private scheduler: EarliestDeadline | undefined = undefined
  private updateAt: Instant = -Infinity

  constructor(random: Random, options: WeightedRoundRobinOptions) {
    super()
    this.random = random
    this.options = options
    this.equal = new RoundRobin(random)
  }

  override use(endpoints: readonly PeerEndpoint[]): void {
    super.use(endpoints)
    this.equal.use(endpoints)
    this.updateAt = -Infinity
  }

  pick(_call: VirtualCall, now: Instant): PeerEndpoint | undefined {
    if (now >= this.updateAt) this.update(now)
    return this.scheduler === undefined ? this.equal.pick() : this.endpoints[this.scheduler.pick()]
  }

  override ended({ id }: PeerEndpoint, _startedAt: Instant, now: Instant, report: LoadReport | undefined): void {
    if (report === undefined) return
    const weight = (this.weights[id] ??= new EndpointWeight())
    weight.update(report, this.options, now)
  }

  private update(now: Instant): void {
    this.updateAt = now + Math.max(100, this.options.weightUpdatePeriod)
    const weights = this.endpoints.map(({ id }) => this.weights[id]?.get(this.options, now) ?? 0)
    const known = weights.filter((weight) => weight > 0)
    const mean = known.reduce((sum, weight) => sum + weight, 0) / known.length
    const usable = known.length >= 2
    this.scheduler = usable ? new EarliestDeadline(weights.map((weight) => weight || mean), this.random) : undefined
  }
}
