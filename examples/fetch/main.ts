// fetch: the type and behaviour of `fetch`, with a replica that fails and nobody who notices.

import assert from 'node:assert/strict'
import { createMesh } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

await using good = await startReplica('good')
await using bad = await startReplica('bad', { status: 503 })

await using mesh = createMesh({
  services: {
    catalog: {
      origins: ['http://catalog.prod:8080'],          // URLs that call sites use already mean this service
      endpoints: [good.url, bad.url],
      policy: { timeout: '800ms' },
    },
  },
})

// Code that knows nothing of inmesh: it takes a `fetch` and a URL.
async function readItem(fetch: typeof globalThis.fetch, id: string): Promise<{ from: string }> {
  const response = await fetch(`http://catalog.prod:8080/items/${id}`)
  if (!response.ok) throw new Error(`status ${response.status}`)
  return response.json() as Promise<{ from: string }>
}

const items = []
for (let id = 1; id <= 20; id++) items.push(await readItem(mesh.fetch as typeof fetch, String(id)))

console.log(`20 calls, 20 answers, all from ${[...new Set(items.map(({ from }) => from))].join(', ')}`)
console.log(`the replica that answers 503 was asked ${bad.seen.length} times`)

assert.ok(items.every(({ from }) => from === 'good'))
assert.ok(bad.seen.length > 0, 'a failing replica is found out by asking it')
assert.ok(bad.seen.length <= 5, 'and asked no more after five failures at most')

// A POST may have been processed, so it is not repeated unless it says that this is harmless.
const order = { method: 'POST', body: JSON.stringify({ item: 42 }), headers: { 'idempotency-key': 'order-7' } }
const response = await mesh.service('catalog').fetch('/orders', order)
console.log(`an order with an Idempotency-Key: ${response.status}`)
assert.equal(response.status, 200)
