import { setImmediate as turn } from 'node:timers/promises'
import { Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js'
import { grpcServer } from '@inmesh/grpc'
import { max, min } from 'simple-statistics'
import type { Row } from '../report/result.ts'
import { medianWithInterval } from '../stats/ratio.ts'

const metric = 'us-per-request-server'
const calls = 5_000
/** So many that nobody is ever refused: what is measured is the work of letting pass. */
const plenty = 1_000_000_000
/** Out of reach: on a busy machine the bench itself would be refused, which is cheap. */
const admission = { targetDelay: '1m', maxWait: '1m' } as const

const headers = { 'user-agent': 'grpc-node-js/1.14.7', 'x-request-id': '123', authorization: 'Bearer abc', 'inmesh-criticality': 'SHEDDABLE' }
const method = { path: '/shop.Catalog/Get', requestStream: false, responseStream: false } as Parameters<ServerInterceptor>[0]
type Inner = Parameters<ServerInterceptor>[1]

const contenders: Readonly<Record<string, ServerInterceptor>> = {
  'grpc-js interceptor': (_method, call) => new ServerInterceptingCall(call),
  inmesh: grpcServer(undefined, { admission }),
  'inmesh + limit, load': grpcServer(undefined, { admission, load: true, limits: [{ rate: plenty, key: 'caller' }] }),
}

/** What stands between grpc-js's server and its handler, in microseconds of CPU for one unary call without a socket; blocks in turn. */
export async function serverRows(rounds: number): Promise<Row[]> {
  const named = Object.entries(contenders)
  const costs = named.map((): number[] => [])
  for (let round = -5; round < rounds; round++) {
    for (const [at, [, make]] of named.entries()) {
      const cost = await blockOf(make)
      if (round >= 0) costs[at]!.push(cost)
    }
  }
  return named.map(([name], at) => rowOf(name, costs[at]!))
}

async function blockOf(make: ServerInterceptor): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < calls; i++) {
    await once(make)
    if (i % 20 === 0) await turn()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

/** Resolves with the call's end, and rejects what is not let pass: a refusal is cheap. */
function once(make: ServerInterceptor): Promise<void> {
  return new Promise((resolve, reject) => {
    const wire = new Wire(({ code, details }) => (code === 0 ? resolve() : reject(new Error(`got a status ${code} ${details}`))))
    const call = make(method, wire as unknown as Inner)
    call.start({
      onReceiveMetadata() {},
      onReceiveMessage() {},
      onReceiveHalfClose: () => call.sendMessage('x', () => call.sendStatus({ code: 0, details: 'OK', metadata: null })),
      onCancel() {},
    })
    wire.speak()
  })
}

type Ended = Parameters<Inner['sendStatus']>[0]

/** The part of a call of grpc-js's server that interceptors speak to. */
class Wire {
  private readonly ended: (status: Ended) => void
  private readonly deadline = Date.now() + 5_000
  private listener: Parameters<Inner['start']>[0] | undefined = undefined

  constructor(ended: (status: Ended) => void) {
    this.ended = ended
  }

  start(listener: Parameters<Inner['start']>[0]): void {
    this.listener = listener
    listener.onReceiveMetadata(Metadata.fromHttp2Headers(headers))
  }

  speak(): void {
    this.listener?.onReceiveMessage('x')
    this.listener?.onReceiveHalfClose()
  }

  sendStatus(status: Ended): void {
    this.ended(status)
    this.listener?.onCancel()
  }

  sendMetadata(): void {}

  sendMessage(_message: unknown, done: () => void): void {
    done()
  }

  startRead(): void {}

  getPeer(): string {
    return '127.0.0.1:1'
  }

  getDeadline(): number {
    return this.deadline
  }
}

function rowOf(contender: string, samples: readonly number[]): Row {
  const { estimate, low, high } = medianWithInterval(samples)
  return { contender, metric, unit: 'us', median: estimate, min: min([...samples]), max: max([...samples]), ciLow: low, ciHigh: high, runs: samples.length }
}
