import { dispatchTo, HttpService } from '@inmesh/http'
import type { Observers } from '@inmesh/pipeline';
import { nodeClock } from '@inmesh/pipeline'
import type { Criticality, Endpoint, Random } from '@inmesh/policy'
import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { MemoryTarget } from '../wire/memory-target.ts'
import { somePolicy } from './policies.ts'
import type { Tally } from './tally.ts'
import { UnrulyReader } from './unruly-reader.ts'
import { moods, Turns, UnrulyWire, type Mood } from './unruly-wire.ts'

const fleet = 8
/** Addresses come back: what is remembered of those that are gone is bounded, and this is below the bound. */
const addresses = 100
const tenants = 5_000
const width = 200
const methods: readonly Dispatcher.HttpMethod[] = ['GET', 'GET', 'GET', 'PUT', 'POST']
const criticalities: readonly Criticality[] = ['CRITICAL_PLUS', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE']

/** A service without sockets, under faults, cancels, deadlines, new policies and a changing fleet, all by chance. */
export class MemorySoak {
  readonly service: HttpService
  private readonly turns = new Turns()
  private readonly tally: Tally
  private readonly random: Random
  private readonly targets: readonly { readonly key: string; readonly wire: UnrulyWire; readonly target: MemoryTarget }[]
  /** All that ever were members: those that have left must be at rest too. */
  private readonly seen = new Map<string, Endpoint<unknown>>()

  constructor(random: Random, tally: Tally, observers: Observers) {
    this.random = random
    this.tally = tally
    this.service = new HttpService({ name: 'soak', clock: nodeClock(), random, observers, policy: somePolicy(random, tenants) })
    this.targets = Array.from({ length: addresses }, (_, i) => {
      const wire = new UnrulyWire(random, this.turns)
      return { key: `soak-${i}`, wire, target: new MemoryTarget(`soak-${i}`, wire) }
    })
    this.changeFleet()
  }

  /** Makes so many calls, changing something every `changeEvery` of them, and waits until each has ended for its caller. */
  async run(calls: number, changeEvery: number): Promise<void> {
    let left = calls
    const lane = (done: () => void): void => {
      if (left-- <= 0) return done()
      if (left % changeEvery === 0) this.change()
      // In a turn of its own: a call that ends at once would otherwise call the next one from within itself, without end.
      this.call(() => setImmediate(lane, done))
    }
    await Promise.all(Array.from({ length: width }, () => new Promise<void>(lane)))
  }

  get atRest(): boolean {
    return this.turns.idle && [...this.seen.values()].every((endpoint) => endpoint.awaiting === 0 && endpoint.open === 0 && endpoint.inFlight(performance.now()) === 0)
  }

  private call(ended: () => void): void {
    const { random } = this
    const method = this.one(methods)
    const body = method === 'GET' ? null : random.next() < 0.5 ? 'some text' : Readable.from(['one', 'two'])
    const own = {
      operation: `${method} /things/${Math.floor(random.next() * 300)}`,
      criticality: this.one(criticalities),
      ...(random.next() < 0.1 ? { timeout: 1 + random.next() * 20 } : {}),
      ...(random.next() < 0.1 ? { repeat: 'always' as const } : {}),
    }
    dispatchTo(this.service, { path: '/', method, body }, new UnrulyReader(this.tally, random, ended), own)
  }

  private change(): void {
    const chance = this.random.next()
    if (chance < 0.3) this.service.configure(somePolicy(this.random, tenants))
    else if (chance < 0.6) this.changeFleet()
    else this.one(this.targets).wire.mood = this.one<Mood>(moods)
  }

  private changeFleet(): void {
    const from = Math.floor(this.random.next() * addresses)
    const list = Array.from({ length: fleet }, (_, i) => this.targets[(from + i * 7) % addresses] as MemorySoak['targets'][number])
    this.service.core.cluster.pool.update(list.map(({ key, target }) => ({ key, target, weight: 1 + Math.floor(this.random.next() * 3) })), nodeClock().now())
    for (const endpoint of this.service.core.cluster.pool.members) this.seen.set(endpoint.key, endpoint)
    // Most are well most of the time, or everything would be refused by now.
    for (const { wire } of list) wire.mood = this.one(moods)
  }

  private one<T>(list: readonly T[]): T {
    return list[Math.floor(this.random.next() * list.length)] as T
  }
}
