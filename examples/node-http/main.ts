// node-http: the signal of a request for what is no HTTP call, and its context taken through a message queue.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { currentCall, extract, inject, nodeHttp } from '@inmesh/server'

// Stands for a database driver that takes a signal, and for a queue whose messages have headers.
const query = async (_sql: string, { signal }: { signal: AbortSignal }) => after(10_000, 'rows', { signal })
const queue: { headers: Record<string, string>; body: string }[] = []

let ended = Promise.withResolvers<string>()
const governed = nodeHttp(undefined, { route: ({ method, path }) => `${method} ${path}` })
const server = createServer(governed(async (req, res) => {
  if (req.url === '/orders') {
    queue.push({ headers: inject(), body: 'order 7' })
    return void res.writeHead(202).end()
  }
  try {
    res.end(await query('select 1', { signal: currentCall()!.signal }))
  } catch {
    ended.resolve(String((currentCall()!.signal.reason as { code: string }).code))
    if (!res.destroyed) res.writeHead(504).end()
  }
}))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const slow = await fetch(`${origin}/rows`, { headers: { 'x-envoy-expected-rq-timeout-ms': '100' } })
console.log(`time was up: ${slow.status}, the query ended with ${await ended.promise}`)
assert.equal(slow.status, 504)

ended = Promise.withResolvers()
const caller = request(`${origin}/rows`).on('error', () => {}).end()
await after(50)
caller.destroy()
console.log(`the caller hung up: the query ended with ${await ended.promise}`)
assert.equal(await ended.promise, 'INMESH_CALLER_GONE')

await fetch(`${origin}/orders`, { headers: { 'grpc-timeout': '5S', 'inmesh-criticality': 'SHEDDABLE_PLUS' } })
await after(100)   // the message waits in its queue, and its time goes on
const { headers } = queue[0]!
extract(headers, (call) => {
  console.log(`the message was sent with ${headers['x-envoy-expected-rq-timeout-ms']} ms, and has ${Math.floor(call.remaining())} ms left; it is ${call.criticality}`)
  assert.ok(call.remaining() < 4_900)
  assert.equal(currentCall(), call)
  assert.equal(call.criticality, 'SHEDDABLE_PLUS')
})

const { requests } = governed.inspect()
console.log(`${requests.began} requests, ${requests.overran} overran, ${requests.hungUp} hung up`)
await governed.drain({ server })
