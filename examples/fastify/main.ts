// fastify: a limit on what is worked on at once, the more important first, and a shutdown that loses nobody.

import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import { fastify as inmesh } from '@inmesh/fastify'
import fastify from 'fastify'

const app = fastify()
// No mesh: this service calls nobody.
await app.register(inmesh(undefined, { name: 'reports', admission: { min: 1, max: 1, queue: 2, maxWait: '5s', targetDelay: '5s' }, drain: { within: '5s' } }))
const order: string[] = []
app.get('/reports/:id', async (request) => {
  await after(30)
  const { id } = request.params as { id: string }
  order.push(id)
  return { id }
})
app.get('/healthz', async () => 'well')
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

const get = (id: string, criticality: string) => fetch(`${origin}/reports/${id}`, { headers: { 'inmesh-criticality': criticality } })
// One is worked on, two wait; the fourth finds the line full, and matters more than one of those in it.
const calls = [get('first', 'CRITICAL')]
for (const [id, criticality] of [['batch', 'SHEDDABLE'], ['page', 'CRITICAL'], ['checkout', 'CRITICAL']] as const) {
  await after(5)
  calls.push(get(id, criticality))
}
const health = await fetch(`${origin}/healthz`)
const statuses = (await Promise.all(calls)).map(({ status }) => status)
console.log(`in order: ${order.join(', ')}; the statuses: ${statuses.join(', ')}; health meanwhile: ${health.status}`)
assert.deepEqual(order, ['first', 'page', 'checkout'])
assert.deepEqual(statuses, [200, 503, 200, 200])
assert.equal(health.status, 200)

const last = get('last', 'CRITICAL')
await after(10)
await app.close()
console.log(`closed; the one that was under way had ${(await last).status}`)
assert.equal((await last).status, 200)
const { requests } = app.inmesh.inspect()
console.log(`${requests.began} began, ${requests.ended} ended, ${requests.refused.admission} refused, ${requests.cut} cut off`)
assert.equal(requests.ended, 4)
