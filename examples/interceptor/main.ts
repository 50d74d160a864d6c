// interceptor: steps of your own, as async functions: an audit log, a refusal, and a header for each try.

import assert from 'node:assert/strict'
import { createMesh, interceptor, refuse } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
}

const log: string[] = []

/** Once for each call: `next()` runs everything inside, retries included, and answers how the call ended. */
const audit = interceptor('audit', async (call, next) => {
  if (call.operation.startsWith('DELETE')) return refuse(new NotAllowed(`${call.operation} on ${call.service}`))
  const exchange = await next()
  log.push(`${call.operation}: ${exchange.head.kind} after ${call.tries.length} tries`)
  return exchange
})

/** Once for each try, when its endpoint is known. */
const stamp = interceptor('stamp', async (attempt, next) => {
  attempt.send.set('x-try', `${attempt.ordinal} to ${attempt.endpoint.target.labels?.['version']}`)
  return next()
}, 'routed')

await using good = await startReplica('good')
await using bad = await startReplica('bad', { status: 503 })
await using mesh = createMesh({
  services: {
    catalog: {
      endpoints: [{ url: good.url, labels: { version: 'v1' } }, { url: bad.url, labels: { version: 'v2' } }],
      policy: { interceptors: [audit, stamp] },
    },
  },
})
const catalog = mesh.service('catalog')
console.log('chain:', catalog.describe().map(({ name, scope }) => `${name} (${scope})`).join(' → '))

const retried = (): boolean => log.some((line) => line.endsWith('after 2 tries'))
for (let i = 0; i < 50 && !retried(); i++) {
  const response = await catalog.fetch(`/items/${i}`, { mesh: { operation: 'GET /items/:id' } })
  assert.equal(response.status, 200)
}
console.log(log.join('\n'))
assert.ok(retried(), 'the bad replica costs somebody a second try, and nobody an answer')

// A refusal reaches the caller as it is, and nothing goes out.
const before = good.seen.length + bad.seen.length
const removal = catalog.fetch('/items/7', { method: 'DELETE', mesh: { operation: 'DELETE /items/:id' } })
const error = await removal.then(() => undefined, (reason: Error) => reason)
const refusal = error instanceof NotAllowed ? error : error?.cause
console.log(`refused: ${refusal}`)
assert.ok(refusal instanceof NotAllowed)
assert.equal(good.seen.length + bad.seen.length, before)
