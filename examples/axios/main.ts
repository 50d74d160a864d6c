// axios: its fetch adapter over the mesh, with no other change; and wrapped, where its own HTTP client stays.

import assert from 'node:assert/strict'
import axios, { AxiosError } from 'axios'
import { classifyHttpError, createMesh, explain } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

await using good = await startReplica('good')
await using bad = await startReplica('bad', { status: 503 })

await using mesh = createMesh({
  services: { catalog: { origins: ['http://catalog.prod:8080'], endpoints: [good.url, bad.url], policy: { timeout: '800ms', budget: { initial: 20 } } } },
})

// 1. The fetch adapter: axios builds requests and reads replies, the mesh sends them. `Request: null` has axios hand over the
//    body as it was given, so that it can be sent again; a `Request` would be a stream, read once. axios's types lack it.
const client = axios.create({
  adapter: 'fetch',
  env: { fetch: mesh.fetch as typeof fetch, Request: null as never },
  baseURL: 'http://catalog.prod:8080',
})

const items = []
for (let id = 1; id <= 10; id++) items.push((await client.get<{ from: string }>(`/items/${id}`)).data)
assert.ok(items.every(({ from }) => from === 'good'))
assert.ok(bad.seen.length > 0)
console.log(`fetch adapter: 10 calls, 10 answers from good; bad was asked ${bad.seen.length} times and nobody noticed`)

// What a call says of itself goes into fetchOptions.
const order = await client.post<{ from: string }>('/orders', { item: 42 }, { fetchOptions: { mesh: { operation: 'POST /orders', repeat: 'always' } } })
assert.equal(order.data.from, 'good')

// A refusal stands behind the AxiosError, as its cause.
const change = mesh.patch({ services: { catalog: { policy: { drop: 1 } } } })
const refusal: unknown = await client.get('/items/1').catch((error: unknown) => error)
change.undo()
assert.ok(refusal instanceof AxiosError)
console.log(`refused: ${explain(refusal)?.message}`)
assert.equal(explain(refusal)?.code, 'INMESH_DROPPED')

// 2. Wrapped: axios's own adapter, with the endpoint and the signal of each try. classifyHttpError reads the status off axios's
//    errors: a 503 is retried and moves traffic, a 404 does neither.
const getItem = mesh.service('catalog').wrap(
  (context, id: string) => axios.get<{ from: string }>(`/items/${id}`, { baseURL: context.endpoint.url.href, signal: context.signal }),
  { operation: 'getItem', repeat: 'always', classify: classifyHttpError },
)
const retried: string[] = []
mesh.observe((event) => { if (event.type === 'retried') retried.push(event.operation) })
bad.behaviour.status = 200
good.behaviour.failFirst = good.seen.length + 1
for (let id = 1; id <= 5; id++) assert.equal((await getItem(String(id))).status, 200)
assert.deepEqual(retried, ['getItem'])
console.log('wrapped: 5 calls, 5 answers; one of them was a 503 first')

good.behaviour.status = 404
bad.behaviour.status = 404
const missing: unknown = await getItem('43').catch((error: unknown) => error)
assert.ok(missing instanceof AxiosError && missing.status === 404, 'axios throws its own error for a 404')
assert.deepEqual(retried, ['getItem'])
