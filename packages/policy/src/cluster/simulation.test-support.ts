import { seeded } from '../attempt/chance.test-support.ts'
import { Visited } from '../balance/visited.ts'
import type { Lease } from '../balance/lease.ts'
import type { Failure, Instant, Millis, Outcome, Random } from '../types.ts'
import { Cluster, type ClusterPolicies } from './cluster.ts'
import type { ClusterEvent } from './events.ts'

/** What a replica does with a try that reaches it now: after how long it answers (never: `Infinity`), and what. */
export type Replica = (now: Instant, random: Random, operation: string) => { readonly after: Millis; readonly failure?: Failure }

export interface Simulation {
  readonly replicas: readonly Replica[]
  /** Calls per second, in a Poisson stream. */
  readonly rate: number
  readonly duration: Millis
  readonly seed?: number
  /** The share of each operation. Default: one. */
  readonly operations?: Readonly<Record<string, number>>
  /** Share of calls that may not run concurrently. Default 0.2. */
  readonly writes?: number
  readonly timeout?: Millis
  /** One backup after this long; the loser is superseded. Default: none. */
  readonly backupAfter?: Millis
  readonly policies?: ClusterPolicies
  readonly balanceOn?: boolean
  readonly ejectOn?: boolean
}

export interface Try {
  readonly replica: number
  readonly at: Instant
  readonly probe: boolean
}

export interface SimulatedCall {
  readonly at: Instant
  readonly operation: string
  latency: Millis
  ok: boolean
}

export interface Run {
  readonly tries: Try[]
  readonly calls: SimulatedCall[]
  readonly events: ClusterEvent<number>[]
  readonly cluster: Cluster<number>
}

export const UNAVAILABLE: Failure = { kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'processed' }
const TIMED_OUT: Failure = { kind: 'failure', code: 'DEADLINE_EXCEEDED', reach: 'processed' }
const OK: Outcome = { kind: 'success', code: 'OK' }
const SUPERSEDED: Outcome = { kind: 'ignored', why: 'superseded' }

/** One service, one client, tries of known fate: the cluster decides, and time moves from event to event. */
export function simulate(simulation: Simulation): Run {
  const world = new World(simulation)
  world.run()
  return world.result
}

class World {
  readonly result: Run
  readonly #simulation: Simulation
  readonly #random: Random
  readonly #agenda = new Agenda()

  constructor(simulation: Simulation) {
    const seed = simulation.seed ?? 1
    this.#simulation = simulation
    this.#random = seeded(seed)
    const events: ClusterEvent<number>[] = []
    const notify = (event: ClusterEvent<number>): void => void events.push(event)
    const cluster = new Cluster<number>({ random: seeded(seed + 1), now: 0, notify, ...simulation.policies })
    cluster.pool.update(simulation.replicas.map((_, i) => ({ key: `replica-${i}`, target: i })), 0)
    this.result = { tries: [], calls: [], events, cluster }
  }

  run(): void {
    this.#arrive(0)
    this.#agenda.run()
  }

  #arrive(now: Instant): void {
    const next = now - (1_000 / this.#simulation.rate) * Math.log(1 - this.#random.next())
    if (next > this.#simulation.duration) return
    this.#agenda.add(next, () => {
      this.#call(next)
      this.#arrive(next)
    })
  }

  #call(now: Instant): void {
    const call: SimulatedCall = { at: now, operation: this.#operation(), latency: Infinity, ok: false }
    const concurrent = this.#random.next() >= (this.#simulation.writes ?? 0.2)
    const visited = new Visited<number>()
    const open: Lease<number>[] = []
    this.result.calls.push(call)
    const settle = (at: Instant, ok: boolean): void => {
      if (call.latency !== Infinity) return
      call.latency = at - now
      call.ok = ok
    }
    const launch = (at: Instant, backup: boolean): void => {
      const lease = this.result.cluster.pick({
        stats: this.result.cluster.operations.get(call.operation), visited,
        mayExplore: concurrent && !backup, mustDiffer: backup,
        balanceOn: this.#simulation.balanceOn ?? true, ejectOn: this.#simulation.ejectOn ?? true,
      }, at)
      if (lease === undefined) return
      open.push(lease)
      const replica = lease.endpoint.target
      this.result.tries.push({ replica, at, probe: lease.probe })
      const { after, failure } = this.#simulation.replicas[replica]!(at, this.#random, call.operation)
      const outcome = failure ?? OK
      this.#agenda.add(at + after, () => this.#answered(lease, outcome, at + after, open, settle))
    }
    launch(now, false)
    const { backupAfter, timeout = 800 } = this.#simulation
    if (backupAfter !== undefined && concurrent) {
      this.#agenda.add(now + backupAfter, () => {
        if (call.latency === Infinity) launch(now + backupAfter, true)
      })
    }
    this.#agenda.add(now + timeout, () => {
      for (const lease of open) this.result.cluster.end(lease, TIMED_OUT, now + timeout)
      settle(now + timeout, false)
    })
  }

  #answered(lease: Lease<number>, outcome: Outcome, now: Instant, open: Lease<number>[], settle: (at: Instant, ok: boolean) => void): void {
    if (lease.state !== 'awaiting') return
    const { cluster } = this.result
    cluster.head(lease, outcome, now)
    cluster.end(lease, outcome, now)
    const others = open.some((other) => other.state === 'awaiting')
    if (outcome.kind === 'failure' && others) return
    for (const other of open) cluster.end(other, SUPERSEDED, now)
    settle(now, outcome.kind === 'success')
  }

  #operation(): string {
    let dice = this.#random.next()
    for (const [name, share] of Object.entries(this.#simulation.operations ?? {})) {
      if (dice < share) return name
      dice -= share
    }
    return 'GET /'
  }
}

/** A heap of what happens when; of two at one instant the earlier added goes first. */
class Agenda {
  readonly #heap: { at: Instant; order: number; act: () => void }[] = []
  #order = 0

  add(at: Instant, act: () => void): void {
    if (at === Infinity) return
    const heap = this.#heap
    heap.push({ at, order: this.#order++, act })
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1
      if (!this.#swapIfBefore(i, parent)) break
      i = parent
    }
  }

  run(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) next()
  }

  #take(): (() => void) | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return undefined
    if (heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first.act
  }

  #sink(): void {
    for (let i = 0; ;) {
      const left = 2 * i + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left
      if (!this.#swapIfBefore(child, i)) return
      i = child
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false
    const kept = this.#heap[child]!
    this.#heap[child] = this.#heap[parent]!
    this.#heap[parent] = kept
    return true
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#heap[a]!
    const y = this.#heap[b]!
    return x.at < y.at || (x.at === y.at && x.order < y.order)
  }
}

// Replicas

export function healthy(median: Millis, sigma = 0.3): Replica {
  return (_now, random) => ({ after: lognormal(random, median, sigma) })
}

/** Another replica for as long as the fault lasts. */
export function during(from: Instant, to: Instant, fault: Replica, otherwise: Replica): Replica {
  return (now, random, operation) => (now >= from && now < to ? fault : otherwise)(now, random, operation)
}

export function hung(): Replica {
  return () => ({ after: Infinity })
}

export function failing(after: Millis, share = 1, otherwise: Replica = healthy(5)): Replica {
  return (now, random, operation) => (random.next() < share ? { after, failure: UNAVAILABLE } : otherwise(now, random, operation))
}

export function lognormal(random: Random, median: Millis, sigma: number): Millis {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  return median * Math.exp(sigma * normal)
}

// Readings

export function share(run: Run, replica: number, from: Instant, to: Instant): number {
  const tries = run.tries.filter((t) => t.at >= from && t.at < to)
  return tries.filter((t) => t.replica === replica).length / tries.length
}

export function latencyAt(run: Run, q: number, from = 0, to = Infinity, operation?: string): Millis {
  const sorted = run.calls
    .filter((call) => call.at >= from && call.at < to && (operation === undefined || call.operation === operation))
    .map((call) => call.latency)
    .sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Infinity
}

export function successRate(run: Run, from = 0, to = Infinity): number {
  const calls = run.calls.filter((call) => call.at >= from && call.at < to)
  return calls.filter((call) => call.ok).length / calls.length
}
