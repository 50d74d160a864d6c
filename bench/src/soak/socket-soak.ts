import type { Random } from '@inmesh/policy'
import { createMesh, type Mesh, type MeshPatch, type Observer } from 'inmesh'
import type { Tally } from './tally.ts'

const width = 50
/** Nobody waits for longer: a policy that only observes does not end a call whose endpoint hangs. */
const patience = 250

/** The same over real sockets, through every way in that a mesh has. */
export class SocketSoak {
  readonly mesh: Mesh<'catalog'>
  private readonly origins: readonly string[]
  private readonly random: Random
  private readonly tally: Tally

  constructor(origins: readonly string[], random: Random, tally: Tally, observer: Observer) {
    this.origins = origins
    this.random = random
    this.tally = tally
    this.mesh = createMesh({ services: { catalog: { endpoints: origins, policy: { timeout: '200ms' } } }, random, observers: [observer] })
  }

  async run(calls: number, changeEvery: number): Promise<void> {
    let left = calls
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        if (left % changeEvery === 0) this.change()
        await this.call()
      }
    }
    await Promise.all(Array.from({ length: width }, lane))
  }

  get atRest(): boolean {
    const { endpoints } = this.mesh.inspect('catalog')
    return endpoints.every(({ awaiting, open, inFlight }) => awaiting === 0 && open === 0 && inFlight === 0)
  }

  private async call(): Promise<void> {
    const { tally, random } = this
    tally.begun++
    const controller = new AbortController()
    const impatient = setTimeout(() => controller.abort(), random.next() < 0.05 ? random.next() * 10 : patience)
    try {
      const chance = random.next()
      if (chance < 0.4) await this.request(controller.signal, chance < 0.1)
      else if (chance < 0.7) await this.fetch(controller.signal, chance < 0.5)
      else await this.wrapped(controller.signal)
      tally.replies++
    } catch (error) {
      tally.fail(error)
    } finally {
      clearTimeout(impatient)
      tally.ended++
    }
  }

  private async request(signal: AbortSignal, withBody: boolean): Promise<void> {
    const { dispatcher } = this.mesh.service('catalog')
    const origin = 'http://catalog'
    const { body } = await dispatcher.request({ origin, path: '/', method: withBody ? 'POST' : 'GET', body: withBody ? 'text' : null, signal })
    if (this.random.next() < 0.05) body.on('error', () => {}).destroy()
    else await body.dump()
  }

  private async fetch(signal: AbortSignal, withBody: boolean): Promise<void> {
    const response = await this.mesh.service('catalog').fetch('/', withBody ? { method: 'PUT', body: 'text', signal } : { signal })
    if (this.random.next() < 0.05) await response.body?.cancel()
    else await response.text()
  }

  private async wrapped(signal: AbortSignal): Promise<void> {
    const answer = this.random.next()
    const call = this.mesh.service('catalog').wrap(async (context) => {
      await new Promise((resolve) => setTimeout(resolve, answer < 0.02 ? 30 : 0))
      if (answer > 0.97) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return context.endpoint.key
    }, { operation: 'wrapped', repeat: 'always', signal })
    await call()
  }

  private change(): void {
    const { random, origins, mesh } = this
    const from = Math.floor(random.next() * origins.length)
    const endpoints = origins.filter((_, i) => i !== from)
    const patches: readonly MeshPatch<'catalog'>[] = [
      { services: { catalog: { endpoints } } },
      { services: { catalog: { endpoints: origins } } },
      { services: { catalog: { policy: { backup: { after: '2ms', maxExtraLoad: 0.2 } }, http: { losers: 'drain' } } } },
      { services: { catalog: { policy: { backup: null }, http: { losers: 'abort' } } } },
      { services: { catalog: { policy: { timeout: { total: '100ms', perTry: '20ms' } } } } },
      { services: { catalog: { policy: { mode: 'observe' } } } },
      { services: { catalog: { policy: { mode: 'on', drop: random.next() * 0.05 } } } },
    ]
    mesh.patch(patches[Math.floor(random.next() * patches.length)] as MeshPatch<'catalog'>)
  }
}
