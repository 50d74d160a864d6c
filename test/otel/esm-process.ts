import { credentials, makeGenericClientConstructor, Server, ServerCredentials, type sendUnaryData, type ServiceDefinition } from '@grpc/grpc-js'
import { grpc } from '@inmesh/grpc'
import { otel } from '@inmesh/otel'
import { createMesh } from 'inmesh'
import { get } from 'node:http'

// One call of each kind, as a program of ES modules makes them: `node --import esm-instrumented.ts esm-process.ts <endpoint>`.

const bytes = (value: Buffer): Buffer => value
const definition = { get: { path: '/shop.Catalog/Get', requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes } } satisfies ServiceDefinition
const server = new Server()
server.addService(definition, { get: (_call: unknown, done: sendUnaryData<Buffer>) => done(null, Buffer.from('yes')) })
const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, at) => (error === null ? resolve(at) : reject(error))))

const mesh = createMesh({ services: { catalog: { endpoints: [process.argv[2]!] }, stock: { endpoints: [`http://127.0.0.1:${port}`] } }, observers: [otel()] })
const Client = makeGenericClientConstructor(definition, 'shop.Catalog')
const client = new Client('stock', credentials.createInsecure(), grpc(mesh).options('stock'))
const wrapped = mesh.service('catalog').wrap(({ endpoint }) => new Promise<void>((resolve, reject) => void get(endpoint.url, (response) => response.resume().on('end', () => resolve())).on('error', reject)), { operation: 'GET wrapped' })

await (await mesh.service('catalog').fetch('/', { mesh: { operation: 'GET fetched' } })).text()
await wrapped()
await new Promise<void>((resolve, reject) => (client['get'] as (request: Buffer, done: (error: Error | null) => void) => void).call(client, Buffer.from('x'), (error) => (error === null ? resolve() : reject(error))))
client.close()
server.forceShutdown()
await mesh.close({ within: '50ms' })
