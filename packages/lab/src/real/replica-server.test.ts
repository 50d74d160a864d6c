import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import type { Service } from '../scenario/scenario.ts'
import { govern } from './govern.ts'
import { CALL_HEADER, ONCE_HEADER } from './messages.ts'
import { createReplica } from './replica-server.ts'
import type { ReplicaOptions, ReplicaServer } from './replica-server.ts'

let replica: ReplicaServer
let url: string
const begun: number[] = []

async function start(more: Partial<Service> = {}, own: Partial<ReplicaOptions> = {}): Promise<void> {
  begun.length = 0
  const { services } = sampleScenario({
    services: { catalog: { replicas: 1, slots: 2, replyBytes: 10, serviceTime: { kind: 'constant', value: 60 } } }
  })
  const service = { ...services['catalog']!, ...more }
  replica = createReplica({ service, seed: 1, number: 1, onOnce: (call) => begun.push(call), ...own })
  replica.server.listen(0, '127.0.0.1')
  await once(replica.server, 'listening')
  url = `http://127.0.0.1:${(replica.server.address() as AddressInfo).port}`
}

async function call(
  number: number,
  headers: Record<string, string> = {}
): Promise<{ status: number; took: number; bytes: number }> {
  const began = performance.now()
  const response = await fetch(url, { headers: { [CALL_HEADER]: String(number), ...headers } })
  const { byteLength } = await response.arrayBuffer()
  return { status: response.status, took: performance.now() - began, bytes: byteLength }
}

afterEach(() => void replica.server.close().closeAllConnections())

describe('a replica', () => {
  it('works on as many calls as it has slots; the rest wait their turn', async () => {
    await start()
    const took = (await Promise.all([call(1), call(2), call(3)])).map((reply) => reply.took).sort((a, b) => a - b)
    expect(took[1]).toBeLessThan(took[2] ?? 0)
    expect(took[2]).toBeGreaterThan(115)
  })

  it('turns calls away at once when its queue is full', async () => {
    await start({ slots: 1, queue: 1 })
    const statuses = (await Promise.all([call(1), call(2), call(3)])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 200, 503])
  })

  it('computes on one call at a time, each for as much of the CPU as it was drawn', async () => {
    await start({ work: 'cpu', slots: 1, serviceTime: { kind: 'constant', value: 40 } })
    const before = process.cpuUsage()
    const took = (await Promise.all([call(1), call(2), call(3)])).map((reply) => reply.took).sort((a, b) => a - b)
    const { user, system } = process.cpuUsage(before)
    expect(user + system).toBeGreaterThan(3 * 40_000)
    expect((took[2] ?? 0) - (took[0] ?? 0)).toBeGreaterThan(60)
  })

  it('turns away what comes beyond what its server half admits, and counts it as arrived', async () => {
    // Waiting and not computing: Node may accept each connection when the one before has been answered.
    const work = { work: 'timer', slots: 1, serviceTime: { kind: 'constant', value: 200 } } as const
    await start(work, { govern: (listener) => govern({ min: 1, max: 1, queue: 0, refusal: 0 }, listener) })
    const statuses = (await Promise.all(Array.from({ length: 6 }, (_, at) => call(at)))).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
    expect(replica.arrivals()).toBe(6)
  })

  it('fails by itself where its service does', async () => {
    await start({ failures: { share: 1, code: 500, latency: undefined } })
    expect((await call(1)).status).toBe(500)
  })

  it('answers with the bytes it was told, and counts what arrives', async () => {
    await start()
    expect(await call(1)).toMatchObject({ status: 200, bytes: 10 })
    expect(replica.arrivals()).toBe(1)
  })

  it('says what it has in flight where it is told to, itself included', async () => {
    const said = async (): Promise<string | null> => {
      const response = await fetch(url, { headers: { [CALL_HEADER]: '1' } })
      await response.arrayBuffer()
      return response.headers.get('endpoint-load-metrics')
    }
    await start({ slots: 1, serviceTime: { kind: 'constant', value: 10 } })
    expect(await said()).toBeNull()
    replica.server.close().closeAllConnections()
    await start({ slots: 1, reports: true, serviceTime: { kind: 'constant', value: 10 } })
    const all = await Promise.all([said(), said(), said()])
    expect(all.toSorted()).toEqual([1, 2, 3].map((count) => `JSON {"named_metrics":{"in_flight":${count}}}`))
  })

  it('is slower by a factor, and healthy again', async () => {
    await start({ serviceTime: { kind: 'constant', value: 10 } })
    replica.behave({ factor: 20, failCode: 503, failShare: 0 })
    expect((await call(1)).took).toBeGreaterThan(190)
    replica.behave({ factor: 1, failCode: 503, failShare: 0 })
    expect((await call(2)).took).toBeLessThan(150)
  })

  it('fails a share of calls without doing their work, always the same ones', async () => {
    await start({ serviceTime: { kind: 'constant', value: 0 }, slots: 100 })
    replica.behave({ factor: 1, failCode: 500, failShare: 0.3 })
    const numbers = Array.from({ length: 200 }, (_, number) => number)
    const round = async (): Promise<number[]> =>
      (await Promise.all(numbers.map((number) => call(number, { [ONCE_HEADER]: '1' })))).map(({ status }) => status)
    const first = await round()
    const failed = first.filter((status) => status === 500).length
    expect(failed).toBeGreaterThan(35)
    expect(failed).toBeLessThan(85)
    expect(begun).toHaveLength(200 - failed)
    expect(await round()).toEqual(first)
  })
})
