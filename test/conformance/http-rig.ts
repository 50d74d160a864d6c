import { governedFetch, HttpService, HttpTarget, ServiceDispatcher, type GovernedFetch } from '@inmesh/http'
import { nodeClock, Observers } from '@inmesh/pipeline'
import type { Code } from '@inmesh/policy'
import { recorder, seededRandom, type ConformanceCall, type Recorder, type Reply, type Rig, type RigOptions } from '@inmesh/testing'
import { HttpReplica } from './http-replica.ts'

const codes: Readonly<Record<number, Code>> = { 200: 'OK', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE' }

/** What both faces of the adapter share: real replicas, one service over them, and how the balancer counts. */
export class HttpParts {
  readonly replicas: HttpReplica[]
  readonly recorder: Recorder = recorder()
  readonly dispatcher: ServiceDispatcher
  readonly fetch: GovernedFetch
  private readonly service: HttpService
  private readonly targets: HttpTarget[]

  static async start(options: RigOptions, http2: boolean): Promise<HttpParts> {
    const replicas = await Promise.all(Array.from({ length: options.replicas }, () => HttpReplica.start(http2)))
    return new HttpParts(replicas, options, http2)
  }

  private constructor(replicas: HttpReplica[], { policy, ceiling, connections, tracer }: RigOptions, useH2c: boolean) {
    const observers = new Observers()
    observers.add(this.recorder)
    if (tracer !== undefined) observers.add(Object.assign(() => {}, { tracer }))
    const clock = nodeClock()
    const common = { name: 'conformance', clock, random: seededRandom(1), observers, policy }
    this.service = new HttpService(ceiling === undefined ? common : { ...common, ceiling })
    this.replicas = replicas
    this.targets = replicas.map(({ key }) => new HttpTarget(new URL(key), { useH2c, ...(connections === undefined ? {} : { connections }) }, undefined))
    this.service.core.cluster.pool.update(replicas.map(({ key }, i) => ({ key, target: this.targets[i]! })), clock.now())
    this.dispatcher = new ServiceDispatcher(this.service)
    const { service, dispatcher } = this
    this.fetch = governedFetch({ base: 'http://conformance', serviceOf: () => service, others: dispatcher })
  }

  held(): number {
    const { core } = this.service
    return core.cluster.pool.members.reduce((sum, member) => sum + member.inFlight(core.clock.now()) + member.open, 0)
  }

  async close(): Promise<void> {
    await Promise.all([...this.targets.map((target) => target.destroy(new Error('the rig is closed'))), ...this.replicas.map((replica) => replica.refuse())])
  }

  /** The rig of a client that makes calls in its own way. */
  rig(call: (options: ConformanceCall) => Promise<Reply>): Rig {
    return { replicas: this.replicas, recorder: this.recorder, call: (options = {}) => call(options), held: () => this.held(), close: () => this.close() }
  }
}

/** `safe` is what may be repeated: with a body that is a PUT. */
export function methodOf({ safe = true, body }: ConformanceCall): 'GET' | 'PUT' | 'POST' {
  return safe ? (body === undefined ? 'GET' : 'PUT') : 'POST'
}

export interface ReplyParts {
  readonly status: number
  readonly pieces: AsyncIterator<Uint8Array>
  readonly trailers: () => Readonly<Record<string, string>>
  readonly cancel: () => Promise<void>
}

export function replyOf({ status, pieces, trailers, cancel }: ReplyParts): Reply {
  const read = async (): Promise<Uint8Array | undefined> => {
    const { done, value } = await pieces.next()
    return done === true ? undefined : value
  }
  return {
    code: codes[status] ?? 'UNKNOWN',
    read,
    text: async () => {
      const all: Uint8Array[] = []
      for (let piece = await read(); piece !== undefined; piece = await read()) all.push(piece)
      return Buffer.concat(all).toString()
    },
    trailers: async () => trailers(),
    cancel,
  }
}
