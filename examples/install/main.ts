// install: plain fetch() everywhere in the process is governed, with no change of its code, and as before again.

import assert from 'node:assert/strict'
import { createMesh, explain } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

await using flaky = await startReplica('flaky', { failFirst: 2 })
await using good = await startReplica('good')
await using stranger = await startReplica('stranger')

// A library that knows nothing of a mesh.
async function itemFrom(id: number): Promise<string> {
  const response = await fetch(`http://catalog.prod:8080/items/${id}`)
  const { from } = await response.json() as { from: string }
  return `${response.status} from ${from}`
}

await using mesh = createMesh({
  services: { catalog: { origins: ['http://catalog.prod:8080'], endpoints: [flaky.url, good.url], policy: { timeout: '2s', budget: { initial: 10 } } } },
})
mesh.observe((event) => {
  if (event.type === 'passed-through') console.log(`passed through, untouched: ${event.origin}`)
})

const off = mesh.install()
for (let id = 0; id < 10; id++) assert.match(await itemFrom(id), /^200/)
console.log(`installed: 10 of 10 calls answered, ${flaky.seen.length + good.seen.length - 10} of them at the second try`)

// Nobody configured this one: it goes out as it always did.
assert.equal((await fetch(`${stranger.url}/anything`)).status, 200)

off()
const error: unknown = await itemFrom(11).catch((reason: unknown) => reason)
console.log(`taken out: ${String(error)} (${(error as { cause?: { code?: string } }).cause?.code ?? ''}), as before`)
assert.equal(explain(error), undefined)
