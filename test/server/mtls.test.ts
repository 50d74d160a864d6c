import { once } from 'node:events'
import { createServer, request } from 'node:https'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentCall, nodeHttp, type Caller } from '@inmesh/server'

type Pems = Awaited<ReturnType<typeof generate>>

let server: Server
let pems: Record<'server' | 'web' | 'stranger', Pems>
let callers: (Caller | undefined)[]

async function certificate(name: string): Promise<Pems> {
  return generate([{ name: 'commonName', value: name }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 6, value: `spiffe://prod/${name}` }, { type: 2, value: 'localhost' }] }] })
}

beforeAll(async () => {
  pems = { server: await certificate('server'), web: await certificate('web'), stranger: await certificate('stranger') }
  const governed = nodeHttp(undefined, { admission: { targetDelay: '10s' } })
  const { private: key, cert } = pems.server
  // Whoever has no certificate of ours is let in and has no name by it.
  const tls = { key, cert, ca: [pems.web.cert], requestCert: true, rejectUnauthorized: false }
  server = createServer(tls, governed((_req, res) => {
    callers.push(currentCall()!.caller)
    res.end()
  }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function call(client?: Pems): Promise<Caller | undefined> {
  callers = []
  const { port } = server.address() as AddressInfo
  const sent = request({ host: '127.0.0.1', port, ca: pems.server.cert, servername: 'localhost', agent: false, headers: { 'x-forwarded-client-cert': 'URI=spiffe://prod/admin' }, ...(client === undefined ? {} : { key: client.private, cert: client.cert }) }).end()
  const [res] = await once(sent, 'response') as [IncomingMessage]
  res.resume()
  return callers[0]
}

describe('over mutual TLS', () => {
  it('a caller is whom its certificate names', async () => {
    expect(await call(pems.web)).toEqual({ name: 'spiffe://prod/web', by: 'certificate', address: '127.0.0.1' })
  })

  it('a certificate that nobody has verified names nobody, nor does a header of somebody who is not trusted', async () => {
    expect(await call(pems.stranger)).toEqual({ name: '127.0.0.1', by: 'address', address: '127.0.0.1' })
    expect(await call()).toEqual({ name: '127.0.0.1', by: 'address', address: '127.0.0.1' })
  })
})
