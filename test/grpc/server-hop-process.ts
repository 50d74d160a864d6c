import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, credentials, Server, ServerCredentials, status, type sendUnaryData } from '@grpc/grpc-js'
import { currentCall, grpc, grpcServer } from '@inmesh/grpc'
import { nodeHttp } from '@inmesh/server'
import { createMesh, type Mesh } from 'inmesh'
import type { HopTold } from '../server/hop-process.ts'

// One hop of a chain HTTP → gRPC → HTTP: `node server-hop-process.ts edge <address> | middle <origin> | last`. Tells its port, then what
// happens to each call.

const [role, next = ''] = process.argv.slice(2)
const calm = { admission: { targetDelay: '10s' } } as const
/** One try of each call: what is looked at is the time and the cancel, not what else would be sent in it. */
const alone = { retry: { mode: 'off' }, backup: { mode: 'off' }, rescue: { mode: 'off' } } as const
const method = '/shop.Catalog/Get'
const bytes = (value: Buffer): Buffer => value

if (role === 'edge') edge()
else if (role === 'middle') middle()
else last()

/** HTTP in, gRPC out: time, criticality and the hang-up are the mesh's to hand on. */
function edge(): void {
  const mesh: Mesh = createMesh({ services: { next: { endpoints: [`http://${next}`], policy: alone } } })
  const client = new Client('next', credentials.createInsecure(), grpc(mesh).options('next'))
  const governed = nodeHttp(mesh, calm)
  listen(createServer(governed((_req, res) => {
    tellBegun()
    client.makeUnaryRequest(method, bytes, bytes, Buffer.from('ask'), (error) => {
      res.writeHead(error === null ? 200 : error.code === status.DEADLINE_EXCEEDED ? 504 : 502).end()
    })
  })))
}

function middle(): void {
  const mesh: Mesh = createMesh({ services: { next: { endpoints: [next], policy: alone } } })
  const governed = grpcServer(mesh, calm)
  const server = new Server({ interceptors: [governed] })
  const definition = { path: method, requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes }
  server.addService({ Get: definition }, {
    Get: (_call: unknown, answer: sendUnaryData<Buffer>) => {
      tellBegun()
      mesh.service('next').fetch('/').then(
        () => answer(null, Buffer.from('yes')),
        (error: { code?: string }) => answer({ code: error.code === 'INMESH_DEADLINE_EXCEEDED' ? status.DEADLINE_EXCEEDED : status.UNAVAILABLE, details: String(error.code) }),
      )
    },
  })
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error
    tell({ what: 'port', port })
  })
}

/** Works until it is told to stop. */
function last(): void {
  const governed = nodeHttp(undefined, calm)
  listen(createServer(governed(() => void tellBegun())))
}

function tellBegun() {
  const call = currentCall()!
  tell({ what: 'began', remaining: call.remaining(), criticality: call.criticality })
  call.signal.addEventListener('abort', () => tell({ what: 'stopped', at: performance.timeOrigin + performance.now(), why: (call.signal.reason as { code: string }).code }))
  return call
}

function listen(server: HttpServer): void {
  server.listen(0, '127.0.0.1', () => tell({ what: 'port', port: (server.address() as AddressInfo).port }))
}

function tell(told: HopTold): void {
  process.send?.(told)
}

process.once('disconnect', () => process.exit(0))
