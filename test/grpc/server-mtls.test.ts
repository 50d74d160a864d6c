import { Client, credentials, ServerCredentials, ServerInterceptingCall, status, type ServerInterceptor } from '@grpc/grpc-js'
import { currentCall, type Caller } from '@inmesh/grpc'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { send, startApp, type App } from './server-kinds.ts'

type Pems = Awaited<ReturnType<typeof generate>>

let pems: Record<'server' | 'web', Pems>
const open: App[] = []

async function certificate(name: string): Promise<Pems> {
  return generate([{ name: 'commonName', value: name }], { keySize: 2048, extensions: [{ name: 'subjectAltName', altNames: [{ type: 6, value: `spiffe://prod/${name}` }, { type: 2, value: 'localhost' }] }] })
}

beforeAll(async () => {
  pems = { server: await certificate('server'), web: await certificate('web') }
})

afterEach(() => {
  for (const app of open.splice(0)) app.close()
})

/** `asked`: whether the server asks for a certificate. */
async function callers(asked: boolean, before: readonly ServerInterceptor[] = []): Promise<readonly (Caller | undefined)[]> {
  const seen: (Caller | undefined)[] = []
  const pair = { private_key: Buffer.from(pems.server.private), cert_chain: Buffer.from(pems.server.cert) }
  const app = await startApp(() => {
    seen.push(currentCall()!.caller)
    return 'yes'
  }, {
    before,
    serverCredentials: ServerCredentials.createSsl(Buffer.from(pems.web.cert), [pair], asked),
    clientCredentials: credentials.createSsl(Buffer.from(pems.server.cert), Buffer.from(pems.web.private), Buffer.from(pems.web.cert)),
  })
  open.push(app)
  for (const kind of ['Unary', 'Bidi'] as const) expect((await app.send(kind, { metadata: { 'x-forwarded-client-cert': 'URI=spiffe://prod/admin' } }).reply).code).toBe(status.OK)
  return seen
}

const passing: ServerInterceptor = (_method, call) => new ServerInterceptingCall(call)
const web = { name: 'spiffe://prod/web', by: 'certificate', address: '127.0.0.1' }
const nobody = { name: '127.0.0.1', by: 'address', address: '127.0.0.1' }

describe('over mutual TLS', () => {
  it('a caller is whom its certificate names, whatever a header of its own says', async () => {
    expect(await callers(true)).toEqual([web, web])
  })

  it('so it is behind an interceptor that hides the connection', async () => {
    expect(await callers(true, [passing])).toEqual([web, web])
  })

  it('a certificate that nobody has asked for names nobody', async () => {
    expect(await callers(false)).toEqual([nobody, nobody])
    expect(await callers(false, [passing])).toEqual([nobody, nobody])
  })

  it('who has no certificate is not let in by grpc-js', async () => {
    const pair = { private_key: Buffer.from(pems.server.private), cert_chain: Buffer.from(pems.server.cert) }
    const app = await startApp(() => 'yes', { serverCredentials: ServerCredentials.createSsl(Buffer.from(pems.web.cert), [pair], true) })
    open.push(app)
    const client = new Client(app.address, credentials.createSsl(Buffer.from(pems.server.cert)), { 'grpc.enable_retries': 0 })
    expect((await send(client, 'Unary', { within: 2_000 }).reply).code).not.toBe(status.OK)
    client.close()
  })
})
