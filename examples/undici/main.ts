// undici: a service as a Dispatcher, and policies as an interceptor for a dispatcher that you have.

import assert from 'node:assert/strict'
import { undiciInterceptor } from '@inmesh/http'
import { retry, timeout } from '@inmesh/pipeline'
import { createMesh } from 'inmesh'
import { Agent, request } from 'undici'
import { startReplica } from '../shared/replicas.ts'

await using fast = await startReplica('fast')
await using slow = await startReplica('slow', { delay: 40 })

// 1. A mesh's dispatcher goes wherever undici takes one.
await using mesh = createMesh({
  services: { catalog: { origins: ['http://catalog.prod:8080'], endpoints: [fast.url, slow.url] } },
})

async function caller(calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) {
    const { statusCode, body } = await request(`http://catalog.prod:8080/items/${i}`, { dispatcher: mesh.dispatcher })
    assert.equal(statusCode, 200)
    await body.dump()
  }
}
await Promise.all(Array.from({ length: 16 }, () => caller(50)))
console.log(`dispatcher: ${fast.seen.length} calls went to the fast replica, ${slow.seen.length} to the slow one`)
assert.ok(fast.seen.length > 2 * slow.seen.length, 'traffic follows latency')

// 2. Policies without a mesh, on an Agent of your own. The first listed is outermost, as everywhere in inmesh.
await using flaky = await startReplica('flaky', { failFirst: 1 })
const agent = new Agent().compose(undiciInterceptor(timeout('800ms'), retry()))

const { statusCode, body } = await request(`${flaky.url}/items/42`, { dispatcher: agent })
await body.dump()
console.log(`interceptor: status ${statusCode} after ${flaky.seen.length} tries on the same origin`)
assert.equal(statusCode, 200)
assert.equal(flaky.seen.length, 2)
await agent.close()
