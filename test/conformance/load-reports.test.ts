import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LoadMeter } from '@inmesh/server'
import { createMesh, type PolicyConfig } from 'inmesh'
import { expect, onTestFinished, test } from 'vitest'

interface Replica {
  readonly url: string
  readonly meter: LoadMeter
  served: number
}

/** A server of one loop that tells of its load. A request keeps the loop busy for `work` ms. */
async function replica(work: number): Promise<Replica> {
  const machine = { cpu: 0, active: 0 }
  const since = performance.now()
  // All replicas share this process's loop, so each says for itself how long it was busy.
  const meter = new LoadMeter({ every: 50 }, {
    machine: {
      cores: 1,
      memory: 1,
      cpu: () => machine.cpu,
      loop: () => ({ active: machine.active, idle: performance.now() - since - machine.active }),
      rss: () => 0.5,
    },
  })
  const one: Replica = { url: '', meter, served: 0 }
  const server = createServer((_request, response) => {
    one.served++
    meter.began()
    machine.active += work
    machine.cpu += work
    response.once('close', () => meter.ended(performance.now(), response.statusCode >= 500))
    // Long enough that a hiccup of this machine does not make one of them look ten times slower.
    setTimeout(() => {
      const [name, header] = meter.replyHeaders()
      if (name !== undefined && header !== undefined) response.setHeader(name, header)
      response.end('ok')
    }, 10)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return Object.assign(one, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

async function called(replicas: readonly Replica[], policy: PolicyConfig, during: number): Promise<number[]> {
  await using mesh = createMesh({ services: { catalog: { endpoints: replicas.map(({ url }) => url), policy } } })
  const catalog = mesh.service('catalog')
  const until = performance.now() + during
  let half: number[] = []
  while (performance.now() < until) {
    await Promise.all([1, 2, 3, 4].map(async () => (await catalog.fetch('/')).text()))
    if (half.length === 0 && performance.now() > until - during / 3) half = replicas.map(({ served }) => served)
  }
  return replicas.map(({ served }, at) => served - half[at]!)
}

test('servers earn their share of a weighted round robin by what they report', { timeout: 20_000 }, async () => {
  const replicas = [await replica(0.1), await replica(0.3)]
  const [fast, slow] = await called(replicas, { balance: 'weighted-round-robin' }, 4_000) as [number, number]
  // The same requests are three times as much work for the other: by the lower median of the two it has the weight 1.
  expect(fast / slow).toBeGreaterThan(2)
  expect(fast / slow).toBeLessThan(4.5)
})

test('a client goes where others do not, as the replies say', { timeout: 20_000 }, async () => {
  const replicas = [await replica(0.1), await replica(0.1)]
  // What other clients keep busy on the first.
  for (let other = 0; other < 20; other++) replicas[0]!.meter.began()
  const [busy, idle] = await called(replicas, {}, 2_000) as [number, number]
  expect(busy).toBeLessThan(idle / 2)
  const [evenly, half] = await called(replicas, { balance: { reports: false } }, 2_000) as [number, number]
  expect(evenly).toBeGreaterThan(half / 2)
})
