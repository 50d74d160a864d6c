import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BalancedPool, Client, interceptors, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CALL_HEADER } from './messages.ts'
import { countTries } from './tries.ts'
import type { TryCounter } from './tries.ts'

let servers: Server[]
let urls: string[]
let replies: number[]
let counter: TryCounter

async function listen(status: (request: number) => number): Promise<Server> {
  let requests = 0
  const server = createServer((_, response) => void response.writeHead(status(requests++)).end('body'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeEach(async () => {
  replies = []
  servers = [await listen(() => replies.shift() ?? 200), await listen(() => 200)]
  urls = servers.map(urlOf)
  let time = 0
  counter = countTries(
    urls.map((url, at) => ({ name: `catalog-${at + 1}`, service: 'catalog', url, protocol: 'http' })),
    () => time++
  )
})

afterEach(() => {
  counter.stop()
  for (const server of servers) server.close().closeAllConnections()
})

describe('the try counter', () => {
  it('knows endpoint, call and time of a try', async () => {
    await (await request(`${urls[1]}/`, { headers: { [CALL_HEADER]: '42' } })).body.dump()
    expect(counter.result()).toEqual({
      at: Float64Array.of(0),
      endpoint: Uint16Array.of(1),
      call: Int32Array.of(42),
      sent: Uint8Array.of(1)
    })
  })

  it('counts every retry, with the call it belongs to', async () => {
    replies = [503, 503]
    const client = new Client(urls[0] ?? '').compose(interceptors.retry({ minTimeout: 1 }))
    await (await client.request({ path: '/', method: 'GET', headers: { [CALL_HEADER]: '7' } })).body.dump()
    expect([...counter.result().call]).toEqual([7, 7, 7])
    await client.close()
  })

  it('counts a try whose connection was refused, as one that never went out', async () => {
    servers[0]?.close()
    const pool = new BalancedPool(urls).compose(interceptors.retry({ minTimeout: 1 }))
    for (let call = 0; call < 2; call++)
      await (await pool.request({ path: '/', method: 'GET', headers: {} } as never)).body.dump()
    const { endpoint, sent } = counter.result()
    expect([...endpoint].map((at, index) => `${at} ${sent[index]}`).sort()).toEqual(['0 0', '1 1', '1 1'])
    await pool.close()
  })

  it('sees tries through whichever connection pool they go, and leaves out those to strangers', async () => {
    const stranger = await listen(() => 200)
    servers.push(stranger)
    await (await fetch(urlOf(stranger))).text()
    await (await fetch(`${urls[0]}/`, { headers: { [CALL_HEADER]: '3' } })).text()
    expect([...counter.result().call]).toEqual([3])
  })

  it('knows endpoint and call of a try over HTTP/2', async () => {
    const grpc = createHttp2Server((_request, response) => response.end())
    await once(grpc.listen(0, '127.0.0.1'), 'listening')
    const url = urlOf(grpc as unknown as Server)
    counter.stop()
    counter = countTries([{ name: 'catalog-1', service: 'catalog', url, protocol: 'grpc' }], () => 5)
    const session = connect(url)
    await once(session, 'connect')
    await once(session.request({ [CALL_HEADER]: '9' }).resume(), 'end')
    session.close()
    grpc.close()
    expect(counter.result()).toEqual({
      at: Float64Array.of(5),
      endpoint: Uint16Array.of(0),
      call: Int32Array.of(9),
      sent: Uint8Array.of(1)
    })
  })

  it('hears nothing once stopped', async () => {
    counter.stop()
    await (await request(`${urls[0]}/`)).body.dump()
    expect(counter.result().at).toHaveLength(0)
  })
})
