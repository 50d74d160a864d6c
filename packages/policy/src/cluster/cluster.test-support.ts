import { seeded } from '../attempt/chance.test-support.ts'
import type { Endpoint } from '../balance/endpoint.ts'
import type { Lease } from '../balance/lease.ts'
import type { PickRequest } from '../balance/pick-request.ts'
import { Visited } from '../balance/visited.ts'
import type { Code, Failure, Instant, Millis, Outcome } from '../types.ts'
import { Cluster, type ClusterPolicies } from './cluster.ts'
import type { ClusterEvent } from './events.ts'

export const OK: Outcome = { kind: 'success', code: 'OK', status: 200 }
export const SUPERSEDED: Outcome = { kind: 'ignored', why: 'superseded' }
export const GONE: Outcome = { kind: 'ignored', why: 'caller' }

export function failed(code: Code = 'UNAVAILABLE', said: Partial<Failure> = {}): Failure {
  return { kind: 'failure', code, reach: 'processed', status: 503, ...said }
}

/** A cluster whose time the test moves, and everything it told. */
export class Bench {
  now: Instant = 0
  readonly events: ClusterEvent<string>[] = []
  readonly cluster: Cluster<string>

  constructor(endpoints: number, policies: ClusterPolicies = {}, seed = 1) {
    this.cluster = new Cluster<string>({ random: seeded(seed), now: 0, notify: (event) => void this.events.push(event), ...policies })
    this.members(endpoints)
  }

  members(count: number): void {
    this.cluster.pool.update(Array.from({ length: count }, (_, i) => ({ key: `${i}`, target: `host-${i}` })), this.now)
  }

  endpoint(index: number): Endpoint<string> {
    return this.cluster.pool.members[index]!
  }

  request(said: Partial<PickRequest<string>> = {}): PickRequest<string> {
    return {
      stats: this.cluster.operations.get('GET /'), visited: new Visited<string>(),
      mayExplore: false, mustDiffer: false, balanceOn: true, ejectOn: true, ...said,
    }
  }

  pick(said: Partial<PickRequest<string>> = {}): Lease<string> {
    return this.cluster.pick(this.request(said), this.now)!
  }

  /** A try on that very endpoint: every other one counts as visited. */
  pickOn(index: number, said: Partial<PickRequest<string>> = {}): Lease<string> | undefined {
    const visited = new Visited<string>()
    for (const member of this.cluster.pool.members) if (member !== this.endpoint(index)) visited.add(member)
    return this.cluster.pick(this.request({ visited, mustDiffer: true, ejectOn: false, ...said }), this.now)
  }

  /** A whole try on that endpoint, answered after `latency`. */
  answer(index: number, outcome: Outcome = OK, latency: Millis = 5): void {
    const lease = this.pickOn(index)!
    this.cluster.head(lease, outcome, this.now + latency)
    this.cluster.end(lease, outcome, this.now + latency)
  }

  answers(index: number, times: number, outcome: Outcome = OK): void {
    for (let i = 0; i < times; i++) this.answer(index, outcome)
  }

  /** Everybody is measured: a median of 5 ms, and tries to compare with. */
  warm(each = 20): void {
    for (let i = 0; i < this.cluster.pool.members.length; i++) this.answers(i, each)
  }

  /** How often each endpoint is picked by whole tries at one instant. */
  picks(times: number, said: Partial<PickRequest<string>> = {}): number[] {
    const counts = this.cluster.pool.members.map(() => 0)
    for (let i = 0; i < times; i++) {
      const lease = this.pick(said)
      counts[Number(lease.endpoint.key)]! += 1
      this.cluster.end(lease, GONE, this.now)
    }
    return counts
  }

  state(index: number): string {
    return this.cluster.inspect(this.now)[index]!.state
  }

  told(type: ClusterEvent<string>['type']): ClusterEvent<string>[] {
    return this.events.filter((event) => event.type === type)
  }
}
