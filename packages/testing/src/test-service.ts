import type { Endpoint, EndpointSpec, Instant, Random } from '@inmesh/policy'
import { Observers, Service, type Engine, type Mode, type ServicePolicy, type Target } from '@inmesh/pipeline'
import type { TestReply } from './backend/answer.ts'
import { scriptedBackend, type ScriptedBackend } from './backend/scripted-backend.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { recorder, type Recorder } from './recorder.ts'
import { seededRandom } from './seeded-random.ts'
import { TestCall, type TestCallOptions } from './test-call.ts'

export interface TestServiceOptions {
  /** How many (`a`, `b`, `c`, …), or their keys, with weights, zones and priorities where they matter. Default 3. */
  readonly endpoints?: number | readonly (string | Omit<EndpointSpec<Target>, 'target'>)[]
  /** Of the chance that every policy draws from. Default 1. */
  readonly seed?: number
  /** Of several services that go by one time. Default: its own. */
  readonly clock?: ManualClock
  /** Where limits of many processes are counted. Default: none. */
  readonly engine?: Engine
  /** Where the clock starts. Default 0. */
  readonly start?: Instant
  /** Default `test`. */
  readonly name?: string
  /** The kill switch above the policy's own mode. Default `on`. */
  readonly ceiling?: Mode
  /** What becomes of a try that another one beat. Default `cancel`. */
  readonly losers?: 'cancel' | 'drain'
}

/**
 * One service on virtual time: the real chain and the real policies over a scripted wire.
 *
 * ```ts
 * const s = testService({ retry: { maxExtraTries: 1 } }, { endpoints: 3 })
 * s.backend.on('a').fail('UNAVAILABLE')
 * const call = s.call({ repeat: 'always' })
 * s.clock.advance(300)
 * assert.equal(call.outcome?.kind, 'success')
 * s.assertReleased()
 * ```
 */
export class TestService {
  readonly clock: ManualClock
  readonly random: Random
  readonly backend: ScriptedBackend
  readonly recorder: Recorder
  readonly service: Service<TestReply>
  readonly calls: TestCall[] = []

  constructor(policy: ServicePolicy, options: TestServiceOptions) {
    this.clock = options.clock ?? manualClock(options.start)
    this.random = seededRandom(options.seed ?? 1)
    this.backend = scriptedBackend(this.clock, options.losers === undefined ? {} : { losers: options.losers })
    this.recorder = recorder()
    const observers = new Observers()
    observers.add(this.recorder)
    const { clock, random, backend: { terminal } } = this
    const ceiling = options.ceiling === undefined ? {} : { ceiling: options.ceiling }
    this.service = new Service({ name: options.name ?? 'test', clock, random, observers, policy, terminal, engine: () => options.engine, ...ceiling })
    this.setEndpoints(options.endpoints ?? 3)
  }

  /** Makes a call; it stays in `calls`. */
  call(options: TestCallOptions = {}): TestCall {
    const call = new TestCall(this.service, options, (what) => this.backend.violated(what))
    this.calls.push(call)
    call.launch(this.service.run)
    return call
  }

  /** `count` calls, each moved on by `every` ms before the next; answers them. */
  series(count: number, every: number, options: TestCallOptions = {}): TestCall[] {
    return Array.from({ length: count }, () => {
      const call = this.call(options)
      this.clock.advance(every)
      return call
    })
  }

  /** Another membership; what was learnt about those who stay is kept. */
  setEndpoints(endpoints: NonNullable<TestServiceOptions['endpoints']>): void {
    const list = typeof endpoints === 'number' ? keys(endpoints) : endpoints
    const specs = list.map((item) => (typeof item === 'string' ? { key: item } : item))
    this.service.cluster.pool.update(specs.map((spec) => ({ ...spec, target: targetOf(spec.key) })), this.clock.now())
  }

  endpoint(key: string): Endpoint<Target> {
    const endpoint = this.service.cluster.pool.get(key)
    if (endpoint === undefined) throw new Error(`testService: no endpoint "${key}"`)
    return endpoint
  }

  /** Tries that count as load: of one endpoint, or of all. */
  inFlight(key?: string): number {
    const of = key === undefined ? this.service.cluster.pool.members : [this.endpoint(key)]
    return of.reduce((sum, endpoint) => sum + endpoint.inFlight(this.clock.now()), 0)
  }

  /** Each endpoint's share of the requests so far. */
  shares(): Record<string, number> {
    const { sent } = this.backend
    const shares: Record<string, number> = {}
    for (const { key } of this.service.cluster.pool.members) {
      shares[key] = sent.filter((one) => one.endpoint === key).length / Math.max(1, sent.length)
    }
    return shares
  }

  /** Throws what is still held: unsettled calls, open requests, load on endpoints, timers. And any breach of the contract. */
  assertReleased(): void {
    this.backend.check()
    const held: [number, string][] = [
      [this.calls.filter((call) => !call.settled).length, 'calls without an answer'],
      [this.backend.open, 'requests open at the backend'],
      [this.inFlight(), 'tries in flight by the balancer’s count'],
      [this.service.cluster.pool.members.reduce((sum, { open }) => sum + open, 0), 'bodies open by the balancer’s count'],
      [this.clock.pending, 'timers'],
    ]
    const left = held.filter(([count]) => count !== 0).map(([count, what]) => `${count} ${what}`)
    if (left.length > 0) throw new Error(`testService: not released: ${left.join(', ')}`)
  }
}

export function testService(policy: ServicePolicy = {}, options: TestServiceOptions = {}): TestService {
  return new TestService(policy, options)
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

function keys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => letters[i] ?? `e${i}`)
}

function targetOf(key: string): Target {
  return { url: new URL(`http://${encodeURIComponent(key)}.test/`) }
}
