// bad-replica: three replicas under load; one turns slow, then fails, then heals. Watch where the calls go.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMesh } from 'inmesh'
import { startReplica, type Replica } from '../shared/replicas.ts'

const usual = { delay: 10, status: 200 }
await using a = await startReplica('a', { ...usual })
await using b = await startReplica('b', { ...usual })
await using c = await startReplica('c', { ...usual })
const replicas = [a, b, c]

await using mesh = createMesh({
  services: {
    catalog: {
      endpoints: replicas.map(({ url }) => url),
      policy: { timeout: '800ms', eject: { baseTime: '500ms', ramp: '500ms' } },   // short times, for a short example
    },
  },
})
const catalog = mesh.service('catalog')
mesh.observe((event) => {
  if (event.type === 'ejected' || event.type === 'returned') console.log(`         b is ${event.type}`)
})

let failed = 0
/** Calls at a steady pace, whatever becomes of them; answers the share of each replica. */
async function load(what: string, ms: number): Promise<Record<string, number>> {
  const before = replicas.map(({ seen }) => seen.length)
  const calls: Promise<void>[] = []
  for (const end = performance.now() + ms; performance.now() < end; ) {
    calls.push(catalog.fetch('/items/42').then((response) => {
      if (!response.ok) failed++
    }, () => {
      failed++
    }))
    await sleep(4)
  }
  await Promise.all(calls)
  const counts = replicas.map(({ seen }, i) => seen.length - (before[i] ?? 0))
  const sum = counts.reduce((total, count) => total + count, 0)
  console.log(`${what.padEnd(9)}${replicas.map(({ name }, i) => `${name} ${bar((counts[i] ?? 0) / sum)}`).join('  ')}`)
  return Object.fromEntries(replicas.map(({ name }, i) => [name, (counts[i] ?? 0) / sum]))
}

function bar(share: number): string {
  return `${'█'.repeat(Math.round(share * 20)).padEnd(12, '·')} ${String(Math.round(share * 100)).padStart(2)} %`
}

function set({ behaviour }: Replica, to: Replica['behaviour']): void {
  Object.assign(behaviour, { ...usual, ...to })
}

await load('warm-up', 1_500)   // connections, and the just-in-time compiler
await load('all well', 1_000)
set(b, { delay: 150 })
await load('b slow', 300)
const slow = await load('', 1_000)
set(b, { status: 503, delay: 1 })
await load('b fails', 300)
const failing = await load('', 1_000)
set(b, {})
let healed = await load('b heals', 1_000)
for (let seconds = 1; share(healed) < 0.15 && seconds < 30; seconds++) healed = await load('', 1_000)

console.log(`${failed} of all calls failed`)
assert.ok(share(slow) < 0.15, 'a slow replica loses its traffic')
assert.ok(share(failing) < 0.05, 'a failing one even more')
assert.ok(share(healed) >= 0.15, 'a healed one is found out, and has traffic again')
assert.equal(failed, 0, 'no caller noticed')

function share(of: Record<string, number>): number {
  return of['b'] ?? 0
}
