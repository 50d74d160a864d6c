// discovery: the addresses behind a name come and go, DNS fails for a while, and callers notice nothing.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMesh, dns, type DnsResolver } from 'inmesh'

// One port at two addresses of this machine, as two pods of a headless service have it.
async function pod(address: string, port = 0): Promise<Server> {
  const server = createServer((request, response) => response.end(`${address}, asked for ${request.headers.host}`)).listen(port, address)
  await once(server, 'listening')
  return server
}
const first = await pod('127.0.0.1')
const { port } = first.address() as AddressInfo
const second = await pod('127.0.0.2', port)

// In the place of a DNS server; in a cluster it is `dns(url)` alone.
let answer: readonly string[] | 'SERVFAIL' = ['127.0.0.1']
const names: DnsResolver = {
  addresses: async (name) => {
    if (answer === 'SERVFAIL') throw Object.assign(new Error(`queryA ESERVFAIL ${name}`), { code: 'ESERVFAIL' })
    return answer.map((address) => ({ address }))
  },
}

const mesh = createMesh({
  services: { catalog: { endpoints: dns(`http://catalog.prod:${port}`, { resolver: names, refresh: '1s', removeAfter: 2 }), policy: { balance: 'round-robin' } } },
})
const told = (): Promise<string> => new Promise((resolve) => {
  const stop = mesh.observe((event) => {
    if (event.type !== 'endpoints-changed' && event.type !== 'discovery-failed') return
    stop()
    resolve(event.type === 'discovery-failed' ? `discovery failed: ${String(event.error)}` : `+ ${event.added.join()} − ${event.removed.join()}`)
  })
})
const where = async (): Promise<string> => {
  const seen = new Set<string>()
  for (let i = 0; i < 6; i++) seen.add(await (await mesh.service('catalog').fetch('/items/42')).text())
  return [...seen].sort().join(' · ')
}

process.removeAllListeners('warning')      // the failure below is warned of; here it is printed as an event

console.log(await where())                       // the first call waits for the first answer
assert.equal(mesh.inspect('catalog').endpoints.length, 1)

answer = ['127.0.0.1', '127.0.0.2']              // scaled up
console.log(await told())
assert.match(await where(), /127\.0\.0\.1.*127\.0\.0\.2/)

answer = 'SERVFAIL'                              // the last good answer stays
console.log(await told())
assert.match(await where(), /127\.0\.0\.1.*127\.0\.0\.2/)
console.log(mesh.inspect('catalog').notes.join(' '))

answer = ['127.0.0.2']                           // scaled down: two answers without it, and it goes
console.log(await told())
assert.equal(await where(), `127.0.0.2, asked for catalog.prod:${port}`)

await mesh.close()
first.close()
second.close()
