import type { Clock } from '@inmesh/pipeline'
import type { Instant, Outcome } from '@inmesh/policy'
import type { CallSink, ClientEnv, LoadReport, Upstream, VirtualCall, VirtualClient } from '../../contract.ts'
import { PeerEndpoint } from './endpoint.ts'
import type { PeerParts } from './parts.ts'
import { PeerCall } from './peer-call.ts'
import type { CallHost, Tried } from './roles.ts'

/** One client process of a peer: a balancer, and around it what the peer has. */
export class PeerClient implements VirtualClient, CallHost {
  readonly clock: Clock
  readonly parts: PeerParts
  /** Tries in flight. */
  inFlight = 0
  private known = new Map<string, PeerEndpoint>()
  private nextId = 0

  constructor(env: ClientEnv, parts: PeerParts) {
    this.clock = env.clock
    this.parts = parts
    this.members(env.upstreams)
  }

  call(call: VirtualCall, sink: CallSink): void {
    const now = this.clock.now()
    this.parts.retries?.called(now)
    this.parts.hedging?.called(now)
    new PeerCall(this, call, sink, now).start(now)
  }

  /** One that stays keeps its state; one that comes back is new, as it is to every peer here. */
  members(upstreams: readonly Upstream[]): void {
    const endpoints = upstreams.map((each) => this.endpointOf(each))
    this.known = new Map(endpoints.map((each) => [each.upstream.name, each]))
    const { outliers, balancer } = this.parts
    outliers?.members(endpoints)
    balancer.use(outliers?.available() ?? endpoints)
  }

  pick(call: VirtualCall, tries: readonly Tried[], now: Instant): PeerEndpoint | undefined {
    const { balancer, outliers, reselections = 0 } = this.parts
    if (outliers?.advance(now) === true) balancer.use(outliers.available())
    let endpoint = balancer.pick(call, now)
    for (let left = reselections; left > 0 && endpoint !== undefined && wasTried(tries, endpoint); left--)
      endpoint = balancer.pick(call, now)
    return endpoint
  }

  started(endpoint: PeerEndpoint, now: Instant): void {
    this.inFlight++
    endpoint.inFlight++
    const { balancer, outliers } = this.parts
    balancer.started(endpoint, now)
    if (outliers?.started?.(endpoint) === true) balancer.use(outliers.available())
  }

  ended({ endpoint, startedAt }: Tried, outcome: Outcome, now: Instant, report: LoadReport | undefined): void {
    this.inFlight--
    endpoint.inFlight--
    const { balancer, outliers, retries, hedging } = this.parts
    balancer.ended(endpoint, startedAt, now, report)
    retries?.tried(outcome, now)
    hedging?.tried(outcome, now - startedAt, now)
    if (outliers?.ended(endpoint, outcome, now) === true) balancer.use(outliers.available())
  }

  private endpointOf(upstream: Upstream): PeerEndpoint {
    const known = this.known.get(upstream.name) ?? new PeerEndpoint(upstream, this.nextId++)
    known.upstream = upstream
    return known
  }
}

function wasTried(tries: readonly Tried[], endpoint: PeerEndpoint): boolean {
  for (const one of tries) if (one.endpoint === endpoint) return true
  return false
}
