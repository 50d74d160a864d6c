import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGrpcReplica } from '../real/grpc-replica.ts'
import type { GrpcReplica } from '../real/grpc-replica.ts'
import type { Endpoint } from '../real/messages.ts'
import { codeNamed } from '../real/rpc-status.ts'
import { completeClass } from '../scenario/load.ts'
import type { RequestClass } from '../scenario/load.ts'
import { sampleScenario } from '../sample.test-support.ts'
import type { Client } from './client.ts'
import { createClient } from './create.ts'

const retry = { maxAttempts: 3, initialBackoff: 1, maxBackoff: 5, backoffMultiplier: 2, retryableStatusCodes: ['UNAVAILABLE', 'INTERNAL'] as const }
const grpcJs = { timeout: '300ms', retry, outlierDetection: { interval: '1s', failurePercentage: { minimumHosts: 2 } } }
const { contenders, services } = sampleScenario({
  services: {
    catalog: { protocol: 'grpc', replicas: 2, replyBytes: 5, serviceTime: { kind: 'constant', value: 0 } },
    slow: { protocol: 'grpc', replicas: 1, serviceTime: { kind: 'constant', value: 400 } }
  },
  contenders: [
    { peer: 'grpc-js', options: grpcJs },
    { name: 'grpc-js that hedges', peer: 'grpc-js', options: { ...grpcJs, hedging: { maxAttempts: 2, hedgingDelay: '100ms', nonFatalStatusCodes: ['UNAVAILABLE'] } } },
    { peer: 'inmesh', policy: { timeout: '300ms' } }
  ]
})

let replicas: GrpcReplica[]
let endpoints: Endpoint[]
let client: Client

beforeEach(async () => {
  const all = (['catalog', 'catalog', 'slow'] as const).map((service, at) => ({
    service,
    replica: createGrpcReplica({ service: services[service]!, seed: 1, number: at + 1, onOnce: () => {} })
  }))
  replicas = all.map(({ replica }) => replica)
  endpoints = await Promise.all(
    all.map(async ({ service, replica }, at) => ({
      name: `${service}-${at + 1}`,
      service,
      url: `http://127.0.0.1:${await replica.listen(0)}`,
      protocol: 'grpc' as const
    }))
  )
})

afterEach(async () => {
  await client.close()
  for (const { server } of replicas) server.forceShutdown()
})

function classOf(method: 'GET' | 'POST', service = 'catalog', repeat?: RequestClass['repeat']): RequestClass {
  const parsed = { method, path: '/items', weight: 1, bodyBytes: 0, timeFactor: 1, criticality: 'CRITICAL' } as const
  return completeClass(repeat === undefined ? parsed : { ...parsed, repeat }, service)
}

async function send(requestClass: RequestClass): Promise<string> {
  const reply = await client.request({ class: requestClass, criticality: undefined, path: '/items', headers: { 'x-lab-call': '7' }, body: null })
  return `${reply.statusCode} ${await reply.body.text()}`
}

/** The code that a call ends with. */
function failure(requestClass: RequestClass): Promise<string> {
  return send(requestClass).catch((error: { code: number }) => codeNamed(error.code))
}

const arrived = (): number => replicas.reduce((sum, { arrivals }) => sum + arrivals(), 0)
const failing = (code: number): void => {
  for (const { behave } of replicas) behave({ factor: 1, failCode: code, failShare: 1 })
}

describe.each(contenders)('$name over gRPC', (contender) => {
  beforeEach(async () => {
    client = await createClient(contender, endpoints)
  })

  it('calls every endpoint', async () => {
    const all = (): boolean => replicas.slice(0, 2).every(({ arrivals }) => arrivals() > 0)
    // A connection may take its time on a busy machine, and who has one is called meanwhile.
    for (let call = 0; call < 40 || call < 5_000 && !all(); call++) expect(await send(classOf('GET'))).toBe('200 xxxxx')
    expect(await send(classOf('POST'))).toBe('200 xxxxx')
    expect(all()).toBe(true)
  })

  it('tries a failed call again where it may be repeated', async () => {
    // Everywhere: a peer may go where it has been.
    failing(503)
    expect(await failure(classOf('GET'))).toBe('UNAVAILABLE')
    expect(arrived()).toBeGreaterThan(1)
  })

  it.each([classOf('POST'), classOf('GET', 'catalog', 'never')])('never does $method with repeat $repeat twice', async (requestClass) => {
    failing(500)
    expect(await failure(requestClass)).toBe('INTERNAL')
    expect(arrived()).toBe(1)
  })

  it('gives up after its timeout', async () => {
    const began = performance.now()
    expect(await failure(classOf('POST', 'slow'))).toBe('DEADLINE_EXCEEDED')
    expect(performance.now() - began).toBeGreaterThan(290)
    expect(performance.now() - began).toBeLessThan(390)
  })
})
