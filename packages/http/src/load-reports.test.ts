import { createServer } from 'node:http2'
import { describe, expect, test, onTestFinished } from 'vitest'
import { answer, listening, rig, serve, type Rig } from './rig.test-support.ts'

type Headers = Record<string, string>

/** A server that answers with what `tell` says of its load now. */
async function telling(tell: () => Headers, status = 200): Promise<{ readonly url: string; served: number }> {
  const server = { url: '', served: 0 }
  const { url } = await serve((_request, response) => {
    server.served++
    answer(response, status, 'ok', tell())
  })
  server.url = url
  return server
}

function said(rps: number, utilization: number): Headers {
  return { 'endpoint-load-metrics': `JSON {"rps_fractional":${rps},"application_utilization":${utilization}}` }
}

function inFlight(count: number): Headers {
  return { 'endpoint-load-metrics': `JSON {"named_metrics":{"in_flight":${count}}}` }
}

async function call({ fetch }: Rig, times: number): Promise<void> {
  for (let at = 0; at < times; at++) await (await fetch('/')).text()
}

const plain = { retry: false, backup: false, rescue: false } as const

describe('a balancer by weights', () => {
  test('is told what servers earn with their reports', async () => {
    const strong = await telling(() => said(300, 0.5))
    const weak = await telling(() => said(100, 0.5))
    const used = rig([strong.url, weak.url], { policy: { ...plain, balance: { by: 'weighted-round-robin' } } })
    const weights = new Map<string, number>()
    used.service.core.cluster.reportWeight = ({ key }, weight) => void weights.set(key, weight)
    await call(used, 4)
    expect(weights).toEqual(new Map([[strong.url, 600], [weak.url, 200]]))
  })

  test('hears gRPC’s header too, and reports of failures', async () => {
    // cpu_utilization 0.5, rps_fractional 100, eps 2.
    const one = await telling(() => ({ 'endpoint-load-metrics-bin': 'CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABA' }), 500)
    const used = rig([one.url], { policy: { ...plain, balance: { by: 'weighted-round-robin' } } })
    const weights: number[] = []
    used.service.core.cluster.reportWeight = (_endpoint, weight) => void weights.push(weight)
    await call(used, 1)
    expect(weights).toEqual([100 / 0.52])
  })

  test('reads a report of an endpoint ten times a second at most', async () => {
    const one = await telling(() => said(100, 0.5))
    const used = rig([one.url], { policy: { ...plain, balance: { by: 'weighted-round-robin' } } })
    const at: number[] = []
    used.service.core.cluster.reportWeight = (_endpoint, _weight, now) => void at.push(now)
    const from = performance.now()
    await call(used, 50)
    expect(at.length).toBeGreaterThan(0)
    expect(at.length).toBeLessThanOrEqual(1 + (performance.now() - from) / 100)
  })
})

describe('a balancer by latency', () => {
  test('is told with every reply what its server has in flight', async () => {
    let count = 30
    const busy = await telling(() => inFlight(count++))
    const used = rig([busy.url], { policy: plain })
    const told: number[] = []
    used.service.core.cluster.reportInFlight = (_lease, inFlight) => void told.push(inFlight)
    await call(used, 5)
    expect(told).toEqual([30, 31, 32, 33, 34])
  })

  test('takes its own tries off what is reported', async () => {
    const one = await telling(() => inFlight(7))
    const used = rig([one.url], { policy: plain })
    await Promise.all(Array.from({ length: 7 }, () => call(used, 1)))
    const [endpoint] = used.service.core.cluster.pool.members
    expect(endpoint?.reported?.others).toBeGreaterThanOrEqual(0)
    const others: (number | undefined)[] = []
    const { cluster } = used.service.core
    const report = cluster.reportInFlight.bind(cluster)
    cluster.reportInFlight = (...told) => {
      report(...told)
      others.push(endpoint?.reported?.others)
    }
    await call(used, 1)
    // The one that is being answered is ours.
    expect(others).toEqual([6])
  })

  test('is not put off by a report that is none, nor by its absence', async () => {
    const values = ['', 'JSON {', 'TEXT a', 'BIN !', 'JSON {"named_metrics":{"in_flight":-1}}', 'x'.repeat(5_000)]
    const one = await telling(() => ({ 'endpoint-load-metrics': values.shift() ?? '' }))
    const used = rig([one.url], { policy: plain })
    await call(used, 8)
    expect(one.served).toBe(8)
    expect(used.service.core.cluster.pool.members[0]?.reported).toBeUndefined()
  })

  test('hears over HTTP/2 as well', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, inFlight(5)).end('ok')
    })
    const url = await listening(server)
    onTestFinished(() => void server.close())
    const used = rig([url], { policy: plain, connections: { useH2c: true } })
    await call(used, 1)
    expect(used.service.core.cluster.pool.members[0]?.reported?.others).toBe(4)
  })
})

describe('who does not balance by reports', () => {
  test.each([{ by: 'round-robin' }, { by: 'least-request' }, { reports: false }, { by: 'weighted-round-robin', reports: false }] as const)('reads none: %o', async (balance) => {
    const one = await telling(() => ({ 'endpoint-load-metrics': 'JSON {"rps_fractional":1,"cpu_utilization":1,"named_metrics":{"in_flight":30}}' }))
    const used = rig([one.url], { policy: { ...plain, balance } })
    let heard = 0
    used.service.core.cluster.reportWeight = used.service.core.cluster.reportInFlight = () => void heard++
    await call(used, 2)
    expect(heard).toBe(0)
    // And begins to when it is told to.
    used.service.configure({ ...plain })
    await call(used, 1)
    expect(heard).toBe(1)
  })
})
