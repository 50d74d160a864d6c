// live-changes: a patch and its undo while calls are under way, a patch with a mistake, and the kill switch.

import assert from 'node:assert/strict'
import { ConfigError, createMesh, describeChange, InmeshError } from 'inmesh'
import { startReplica } from '../shared/replicas.ts'

await using a = await startReplica('a')
await using b = await startReplica('b', { status: 503 })
await using mesh = createMesh({ services: { catalog: { endpoints: [a.url, b.url], policy: { eject: false } } } })
const catalog = mesh.service('catalog')

/** Status of a call, or the code of a refusal. */
async function call(criticality: 'CRITICAL' | 'SHEDDABLE'): Promise<number | string> {
  return catalog.fetch('/items/42', { mesh: { criticality } }).then((response) => response.status, (error: unknown) => (InmeshError.is(error) ? error.code : String(error)))
}

// An incident: shed what can be shed, now.
const change = mesh.patch({ services: { catalog: { policy: { drop: { SHEDDABLE: 1 } } } } })
console.log('patched:', change.changed.map(describeChange).join(', '))
assert.equal(await call('SHEDDABLE'), 'INMESH_DROPPED')
assert.equal(await call('CRITICAL'), 200)

// A patch with mistakes changes nothing, and lists all of them.
const mistakes = ((): readonly { path: string; got: string }[] => {
  try {
    mesh.patch({ services: { catalog: { policy: { drop: { SHEDDABLE: 3 }, retry: { maxExtraTries: -1 } } } } })
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.mistakes : []
  }
})()
console.log('refused:', mistakes.map(({ path, got }) => `${path} = ${got}`).join(', '))
assert.equal(mistakes.length, 2)
assert.equal(await call('SHEDDABLE'), 'INMESH_DROPPED', 'what was in force still is')

change.undo()
assert.equal(await call('SHEDDABLE'), 200)
console.log('undone')

// The kill switch: no policy acts, so half of the calls meet the replica that fails. Outside: INMESH_MODE=off.
mesh.mode('off')
const off = await Promise.all(Array.from({ length: 10 }, () => call('CRITICAL')))
mesh.mode('on')
const on: unknown[] = []
for (let i = 0; i < 10; i++) on.push(await call('CRITICAL'))
console.log(`mode off: ${off.filter((status) => status === 200).length} of 10 succeed; mode on: ${on.filter((status) => status === 200).length} of 10`)
assert.equal(off.filter((status) => status === 503).length, 5, 'in turn, each once')
assert.ok(on.filter((status) => status === 200).length >= 9)
