// health: a replica that drains is left out before it refuses anybody, and has its share again when it is back.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMesh, type MeshEvent } from 'inmesh'

interface Pod { readonly url: string; readonly server: Server; draining: boolean; calls: number }

async function pod(): Promise<Pod> {
  const server = createServer((request, response) => {
    if (request.url === '/ready') return response.writeHead(state.draining ? 503 : 200).end()
    state.calls += 1
    return response.end('ok')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const state: Pod = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, draining: false, calls: 0 }
  return state
}

const [a, b] = [await pod(), await pod()]
const mesh = createMesh({
  services: { catalog: { endpoints: [a.url, b.url], policy: { balance: 'round-robin', health: { path: '/ready', interval: '100ms', unhealthyAfter: 2, healthyAfter: 2 } } } },
})
const next = (type: MeshEvent['type']): Promise<MeshEvent> => new Promise((resolve) => {
  const stop = mesh.observe((event) => {
    if (event.type !== type) return
    stop()
    resolve(event)
  })
})
async function calls(count: number): Promise<string> {
  const before = { a: a.calls, b: b.calls }
  for (let i = 0; i < count; i++) assert.equal((await mesh.service('catalog').fetch('/items/42')).status, 200)
  return `${a.calls - before.a} to a, ${b.calls - before.b} to b`
}

console.log('both ready:', await calls(20))

b.draining = true
const gone = await next('unreachable')
console.log(`b drains (${gone.type === 'unreachable' ? gone.complaint : ''}):`, await calls(20))
assert.equal(mesh.inspect('catalog').endpoints[1]?.state, 'unreachable')

b.draining = false
const before = b.calls
const back = await next('reachable')
console.log(`b is back after ${Math.round(back.type === 'reachable' ? back.outFor : 0)} ms:`, await calls(20))
assert.ok(b.calls > before)

await mesh.close()
a.server.close()
b.server.close()
