// got: it stands on node:http and takes no fetch and no dispatcher, so the mesh stands around it and tells it where to go.

import assert from 'node:assert/strict'
import got, { HTTPError } from 'got'
import { classifyHttpError, createMesh, explain } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

await using good = await startReplica('good')
await using slow = await startReplica('slow', { delay: 5_000 })

await using mesh = createMesh({
  services: { catalog: { endpoints: [good.url, slow.url], policy: { backup: { after: '40ms', maxExtraLoad: 1 }, budget: { initial: 20 } } } },
})
const retries: string[] = []
mesh.observe(({ type }) => { if (type === 'retried' || type === 'backed-up') retries.push(type) })

// got's own retries are off: they would multiply with the mesh's, and know no budget.
const client = got.extend({ retry: { limit: 0 } })
const getItem = mesh.service('catalog').wrap(
  (context, id: string) => client(`items/${id}`, { prefixUrl: context.endpoint.url, signal: context.signal }).json<{ from: string }>(),
  { operation: 'getItem', repeat: 'always', classify: classifyHttpError },
)

// A slow replica: the second copy of a call wins, and got is told to give the first one up.
const started = performance.now()
for (let id = 1; id <= 10; id++) assert.equal((await getItem(String(id))).from, 'good')
const took = performance.now() - started
console.log(`10 calls in ${Math.round(took)} ms, ${retries.length} of them with a second copy; nobody waited for the slow one`)
assert.ok(slow.seen.length > 0 && took < 4_000)

// A reply that failed once is retried, by the status that got's error carries.
slow.behaviour.delay = 1
slow.behaviour.status = 503
good.behaviour.status = 503
const failed: unknown = await getItem('42').catch((error: unknown) => error)
assert.ok(failed instanceof HTTPError && failed.response.statusCode === 503, 'got throws its own error')
assert.deepEqual(explain(failed)?.tries.map(({ outcome }) => outcome), ['UNAVAILABLE 503 (processed)', 'UNAVAILABLE 503 (processed)'])
console.log(`both replicas down: ${explain(failed)?.tries.length} tries, and got's own error: ${failed.message.split(':')[0]}`)
