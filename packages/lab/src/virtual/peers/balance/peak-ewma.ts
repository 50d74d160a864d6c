import type { Instant, Millis, Random } from '@inmesh/policy'
import type { PeerEndpoint } from '../client/endpoint.ts'
import { TwoChoices } from './two-choices.ts'

/** In ms; more than any latency, so that an endpoint without history gets one try and no more until it has answered. */
const PENALTY = 2 ** 47 / 1e6

/** Load is (in flight + 1) × peak EWMA of the latency: up at once, down with time, also while nobody asks. */
export class PeakEwma extends TwoChoices {
  private readonly decayTime: Millis
  private readonly metrics: (Metric | undefined)[] = []

  constructor(random: Random, decayTime: Millis) {
    super(random)
    this.decayTime = decayTime
  }

  override ended(endpoint: PeerEndpoint, startedAt: Instant, now: Instant): void {
    this.metricOf(endpoint, now).observe(now - startedAt, now, this.decayTime)
  }

  protected load(endpoint: PeerEndpoint, now: Instant): number {
    const metric = this.metricOf(endpoint, now)
    // Reading is a sample of 0: an endpoint that is left alone is forgiven, and tried again.
    metric.observe(0, now, this.decayTime)
    if (metric.cost === 0 && endpoint.inFlight !== 0) return PENALTY + endpoint.inFlight
    return metric.cost * (endpoint.inFlight + 1)
  }

  private metricOf({ id }: PeerEndpoint, now: Instant): Metric {
    return (this.metrics[id] ??= new Metric(now))
  }
}

class Metric {
  cost: Millis = 0
  private stamp: Instant

  constructor(now: Instant) {
    this.stamp = now
  }

  observe(rtt: Millis, now: Instant, decayTime: Millis): void {
    const weight = now > this.stamp ? Math.exp((this.stamp - now) / decayTime) : 1
    this.cost = rtt > this.cost ? rtt : this.cost * weight + rtt * (1 - weight)
    this.stamp = now
  }
}
