import { credentials, makeGenericClientConstructor, Metadata, status, type CallOptions, type ClientDuplexStream, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { callOptions, grpc } from '@inmesh/grpc'
import { HttpService, HttpTarget } from '@inmesh/http'
import { InmeshError, nodeClock, Observers } from '@inmesh/pipeline'
import { conformance, recorder, seededRandom, type ConformanceAdapter, type ConformanceCall, type Reply, type Rig, type RigOptions } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { GrpcReplica } from './grpc-replica.ts'

const same = (bytes: Buffer): Buffer => bytes
const method = (name: string, requestStream: boolean): object => ({ path: `/test.Conformance/${name}`, requestStream, responseStream: true, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same })

interface Client {
  ask(body: Buffer, metadata: Metadata, options: CallOptions): ClientReadableStream<Buffer>
  pour(metadata: Metadata, options: CallOptions): ClientDuplexStream<Buffer, Buffer>
  close(): void
}

const Client = makeGenericClientConstructor({ ask: method('Ask', false), pour: method('Pour', true) } as never, 'test.Conformance') as unknown as new (...args: ConstructorParameters<ReturnType<typeof makeGenericClientConstructor>>) => Client

async function* pieces(content: string): AsyncGenerator<Buffer> {
  const all = Buffer.from(content)
  for (let at = 0; at < all.length; at += 1000) yield all.subarray(at, at + 1000)
}

const adapter: ConformanceAdapter = {
  name: 'grpc-js',
  // A status has no body; a 1xx and an upgrade are HTTP's; each endpoint has one connection, whose streams the callee bounds.
  lacks: ['failing-replies', 'informational', 'upgrade', 'connection-limit'],
  bodies: [
    { name: 'a message', replayable: true, make: (content) => Buffer.from(content) },
    { name: 'a stream of messages', replayable: false, make: pieces },
  ],
  start,
}

async function start({ replicas: count, policy, ceiling, tracer }: RigOptions): Promise<Rig> {
  const replicas = await Promise.all(Array.from({ length: count }, () => GrpcReplica.start()))
  const observers = new Observers()
  const listening = recorder()
  observers.add(listening)
  if (tracer !== undefined) observers.add(Object.assign(() => {}, { tracer }))
  const clock = nodeClock()
  const service = new HttpService({ name: 'conformance', clock, random: seededRandom(1), observers, policy, ...(ceiling === undefined ? {} : { ceiling }) })
  const targets = replicas.map(({ key }) => new HttpTarget(new URL(key), {}, undefined))
  service.core.cluster.pool.update(replicas.map(({ key }, at) => ({ key, target: targets[at]! })), clock.now())
  const lend = () => ({ core: service.core, host: undefined, servername: undefined, probeBy: () => () => {} })
  const mesh = { host: { service: undefined, clock, observers, mode: () => 'on' as const, lend }, service: () => {} }
  const client = new Client('conformance', credentials.createInsecure(), grpc(mesh).options('conformance'))
  return {
    replicas,
    recorder: listening,
    call: (options = {}) => call(client, options),
    held: () => service.core.cluster.pool.members.reduce((sum, member) => sum + member.inFlight(clock.now()) + member.open, 0),
    async close() {
      client.close()
      await Promise.all([...targets.map((target) => target.destroy(new Error('the rig is closed'))), ...replicas.map((replica) => replica.refuse())])
    },
  }
}

function call(client: Client, { safe = true, body, timeout, signal, headers }: ConformanceCall): Promise<Reply> {
  if (signal?.aborted === true) return Promise.reject(signal.reason)
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value)
  const options = callOptions({ mesh: { repeat: safe ? 'always' : 'if-unprocessed', ...(timeout === undefined ? {} : { timeout }) } })
  const streams = body !== undefined && !Buffer.isBuffer(body)
  const stream = streams ? client.pour(metadata, options) : client.ask((body as Buffer | undefined) ?? Buffer.alloc(0), metadata, options)
  if (streams) void pour(stream as ClientDuplexStream<Buffer, Buffer>, body as AsyncIterable<Buffer>)
  signal?.addEventListener('abort', () => stream.cancel())
  return new Promise((resolve, reject) => {
    let trailers: Record<string, string> = {}
    stream.on('status', ({ metadata: last }: { metadata: Metadata }) => { trailers = last.getMap() as Record<string, string> })
    stream.on('error', (error: ServiceError & { cause?: unknown }) => reject(reasonOf(error, signal)))
    stream.once('metadata', () => {
      const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      const read = async (): Promise<Uint8Array | undefined> => (await iterator.next()).value as Buffer | undefined
      resolve({
        code: 'OK',
        read,
        text: async () => {
          const all: Uint8Array[] = []
          for (let piece = await read(); piece !== undefined; piece = await read()) all.push(piece)
          return Buffer.concat(all).toString()
        },
        trailers: async () => trailers,
        cancel: async () => stream.cancel(),
      })
    })
  })
}

/** grpc-js's errors have no room for a caller's own reason; what a policy refused with is their cause. */
function reasonOf(error: ServiceError & { cause?: unknown }, signal: AbortSignal | undefined): unknown {
  if (error.code === status.CANCELLED && signal?.aborted === true) return signal.reason
  return InmeshError.is(error.cause) ? error.cause : error
}

async function pour(stream: ClientDuplexStream<Buffer, Buffer>, body: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of body) await new Promise<void>((resolve) => { stream.write(piece, () => resolve()) })
  stream.end()
}

describe('grpc-js', () => {
  const report = conformance({ test }, adapter)

  test('lacks nothing but what it declares', () => {
    expect(new Set(report.lacking.flatMap(({ lacks }) => lacks))).toEqual(new Set(adapter.lacks))
    expect(report.ran.length).toBeGreaterThan(24)
  })
})
