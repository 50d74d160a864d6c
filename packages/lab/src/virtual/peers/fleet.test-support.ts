import type { Failure, Millis, Outcome } from '@inmesh/policy'
import { Draws, seededRandom } from '../../random.ts'
import type { Random } from '../../random.ts'
import type { RequestClass } from '../../scenario/load.ts'
import { Agenda } from '../agenda.ts'
import type {
  CallSink, ClientEnv, LoadReport, MakeClient, TryHandle, TrySink, Upstream, VirtualCall, VirtualClient
} from '../contract.ts'

const OK: Outcome = { kind: 'success', code: 'OK', status: 200 }
export const BUSY: Failure = { kind: 'failure', code: 'UNAVAILABLE', status: 503, reach: 'processed' }
export const REFUSED: Failure = { kind: 'failure', code: 'UNAVAILABLE', reach: 'unsent' }

const GET: RequestClass = {
  method: 'GET', path: '/', service: 'fleet', repeat: 'concurrent', weight: 1, bodyBytes: 0
} as RequestClass

export interface FleetOptions {
  readonly replicas: number
  readonly slots?: number
  readonly serviceTime: (call: VirtualCall, replica: number, now: number) => Millis
  readonly failure?: (call: VirtualCall, replica: number, now: number) => Failure | undefined
  readonly report?: (replica: number, now: number) => LoadReport | undefined
  /** Whether a cancelled try frees its slot. Default: it does. */
  readonly cancelStops?: boolean
}

export interface Ended {
  readonly call: VirtualCall
  readonly outcome: Outcome
  readonly latency: Millis
}

/** Replicas with slots and a queue, no network: the contract as plainly as it gets. */
export class Fleet {
  readonly agenda = new Agenda()
  readonly options: FleetOptions
  readonly replicas: Replica[]
  readonly random: Random
  readonly ended: Ended[] = []
  readonly draws: Draws
  /** Replica of each try, in the order of sending. */
  readonly sent: { readonly call: number; readonly replica: number; readonly at: number; readonly ordinal: number }[] = []
  private calls = 0

  constructor(options: FleetOptions, seed = 1) {
    this.options = options
    this.random = seededRandom(seed)
    this.draws = new Draws(seed)
    this.replicas = Array.from({ length: options.replicas }, (_, index) => new Replica(this, index))
  }

  client(make: MakeClient): VirtualClient {
    return make(this.env())
  }

  env(): ClientEnv {
    const { agenda: clock, random, replicas: upstreams, options } = this
    return {
      clock, random, service: 'fleet', process: 0, upstreams,
      clairvoyance: {
        serviceTime: (call, { index }, now) => options.serviceTime(call, index, now),
        wait: ({ index }, now) => this.replicas[index]?.wait(now) ?? Infinity,
        failure: (call, { index }, now) => options.failure?.(call, index, now)
      }
    }
  }

  /** One call now. */
  call(client: VirtualClient, more: Partial<VirtualCall> = {}, repeat: RequestClass['repeat'] = 'concurrent'): VirtualCall {
    const now = this.agenda.now()
    const call = { index: this.calls++, requestClass: { ...GET, repeat }, due: now, deadline: Infinity, ...more }
    const sink: CallSink = { onEnd: (_, outcome, at) => void this.ended.push({ call, outcome, latency: at - now }) }
    client.call(call, sink)
    return call
  }

  /** Calls at a steady distance, then whatever is still under way. */
  every(client: VirtualClient, gap: Millis, count: number, more: Partial<VirtualCall> = {}): void {
    for (let left = count; left > 0; left--) {
      this.call(client, more)
      this.agenda.run(this.agenda.now() + gap)
    }
    this.agenda.run()
  }

  /** Poisson arrivals. Time is in service times where that is 1. */
  poisson(client: VirtualClient, rate: number, count: number, more: Partial<VirtualCall> = {}): void {
    for (let left = count; left > 0; left--) {
      this.agenda.run(this.agenda.now() - Math.log(1 - this.random.next()) / rate)
      this.call(client, more)
    }
    this.agenda.run()
  }

  /** Exponential with mean 1, fixed by call and replica. */
  exponential = ({ index }: VirtualCall, replica: number): Millis => -Math.log(this.draws.of(index, replica, 1))

  get latencies(): number[] {
    return this.ended.map(({ latency }) => latency)
  }

  get mean(): number {
    return this.latencies.reduce((sum, latency) => sum + latency, 0) / this.ended.length
  }

  quantile(share: number): number {
    const sorted = Float64Array.from(this.latencies).sort()
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  }

  /** Share of calls answered in that time. */
  answeredIn(limit: Millis): number {
    return this.latencies.filter((latency) => latency <= limit).length / this.ended.length
  }

  get success(): number {
    return this.ended.filter(({ outcome }) => outcome.kind === 'success').length / this.ended.length
  }

  /** Share of all tries by replica. */
  shares(from = 0): number[] {
    const tries = this.sent.filter(({ at }) => at >= from)
    return this.replicas.map(({ index }) => tries.filter(({ replica }) => replica === index).length / tries.length)
  }
}

class Replica implements Upstream {
  readonly name: string
  readonly index: number
  private readonly fleet: Fleet
  private readonly waiting: Work[] = []
  private readonly working = new Set<Work>()

  constructor(fleet: Fleet, index: number) {
    this.fleet = fleet
    this.index = index
    this.name = `fleet-${index + 1}`
  }

  send(call: VirtualCall, ordinal: number, sink: TrySink): TryHandle {
    const { agenda, options, sent } = this.fleet
    const now = agenda.now()
    sent.push({ call: call.index, replica: this.index, at: now, ordinal })
    const failure = options.failure?.(call, this.index, now)
    if (failure !== undefined) {
      const timer = agenda.schedule(now, true, () => sink.onHead(failure, now, undefined), undefined)
      return timer
    }
    const work = new Work(this, call, sink)
    this.waiting.push(work)
    this.start(now)
    return work
  }

  wait(now: number): Millis {
    const { slots = Infinity } = this.fleet.options
    if (this.working.size < slots) return 0
    const free = [...this.working].map(({ endsAt }) => endsAt).sort((a, b) => a - b)
    for (const { call } of this.waiting) {
      const at = free.shift() ?? now
      free.push(at + this.fleet.options.serviceTime(call, this.index, at))
      free.sort((a, b) => a - b)
    }
    return (free[0] ?? now) - now
  }

  cancel(work: Work): void {
    const at = this.waiting.indexOf(work)
    if (at >= 0) this.waiting.splice(at, 1)
    else if (this.fleet.options.cancelStops !== false && this.working.delete(work)) this.start(this.fleet.agenda.now())
  }

  end(work: Work, now: number): void {
    if (!this.working.delete(work)) return
    this.start(now)
    work.sink?.onHead(OK, now, this.fleet.options.report?.(this.index, now))
  }

  private start(now: number): void {
    const { agenda, options } = this.fleet
    while (this.working.size < (options.slots ?? Infinity)) {
      const work = this.waiting.shift()
      if (work === undefined) return
      work.endsAt = now + options.serviceTime(work.call, this.index, now)
      this.working.add(work)
      if (work.endsAt < Infinity) agenda.schedule(work.endsAt, true, () => this.end(work, agenda.now()), undefined)
    }
  }
}

class Work implements TryHandle {
  readonly call: VirtualCall
  endsAt = Infinity
  sink: TrySink | undefined
  private readonly replica: Replica

  constructor(replica: Replica, call: VirtualCall, sink: TrySink) {
    this.replica = replica
    this.call = call
    this.sink = sink
  }

  cancel(): void {
    this.sink = undefined
    this.replica.cancel(this)
  }
}

/** The bar for "reproduces": within a tenth of the published figure. */
export function within(figure: number, published: number, share = 0.1): boolean {
  return Math.abs(figure / published - 1) <= share
}
