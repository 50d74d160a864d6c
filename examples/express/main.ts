// express: deadlines, criticality and limits in front of an Express app, and what its own calls make of them.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { currentCall, express as inmesh } from '@inmesh/express'
import express from 'express'
import { createMesh } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

await using catalog = await startReplica('catalog')
await using mesh = createMesh({ services: { catalog: { endpoints: [catalog.url] } } })

const app = express()
const governed = inmesh(mesh, {
  name: 'web',
  admission: { max: 200, targetDelay: '1s' },
  limits: [{ rate: 2, per: '1m', burst: 2, key: 'tenant' }],
})
app.use(governed)
app.get('/pages/:id', async (req, res) => {
  // No word of deadlines here: the call takes along what is left of the caller's time.
  const item = await mesh.service('catalog').fetch(`/items/${req.params.id}`)
  res.json({ item: await item.json(), left: Math.round(currentCall()!.remaining()), criticality: currentCall()!.criticality })
})
app.get('/healthz', (_req, res) => void res.send('well'))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const page = await fetch(`${origin}/pages/1`, { headers: { 'x-envoy-expected-rq-timeout-ms': '300', 'inmesh-criticality': 'SHEDDABLE', 'x-tenant-id': 'acme' } })
const { left, criticality } = await page.json() as { left: number; criticality: string }
const passedOn = Number(catalog.headers[0]?.['x-envoy-expected-rq-timeout-ms'])
console.log(`the edge gave 300 ms, the handler had ${left} ms left at its end, the catalog was told ${passedOn} ms; all of it ${criticality}`)
assert.ok(passedOn <= 295 && passedOn > 0)
assert.equal(catalog.headers[0]?.['inmesh-criticality'], 'SHEDDABLE')

const late = await fetch(`${origin}/pages/1`, { headers: { 'grpc-timeout': '0m', 'x-tenant-id': 'acme' } })
console.log(`nobody waits for it any more: ${late.status}, and the catalog was asked ${catalog.seen.length} time`)
assert.equal(late.status, 504)
assert.equal(catalog.seen.length, 1)

const statuses = []
for (let i = 0; i < 2; i++) statuses.push((await fetch(`${origin}/pages/1`, { headers: { 'x-tenant-id': 'acme' } })).status)
const other = await fetch(`${origin}/pages/1`, { headers: { 'x-tenant-id': 'umbrella' } })
console.log(`two more of acme, whose limit is two: ${statuses.join(', ')}; of somebody else: ${other.status}`)
assert.deepEqual([...statuses, other.status], [200, 429, 200])

const { cut, ended } = await governed.drain({ within: '2s', server })
console.log(`drained: ${ended} ended meanwhile, ${cut.length} cut off`)
assert.equal(server.listening, false)
