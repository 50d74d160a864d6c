import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { express } from '@inmesh/express'
import { fastify } from '@inmesh/fastify'
import { grpc } from '@inmesh/grpc'
import { undiciInterceptor } from '@inmesh/http'
import { compose, limit, retry } from '@inmesh/pipeline'
import type { Code } from '@inmesh/policy'
import { currentCall, nodeHttp } from '@inmesh/server'
import { createMesh, logTo, messageFirst, type LogOptions } from 'inmesh'
import { debugHandler, type DebugHandler } from 'inmesh/debug'
import { Agent } from 'undici'

// What a user's own project writes against the installed packages: compiled and run by consumer.test.ts.

// @ts-expect-error an option that there is not does not compile
const wrong = (): unknown => express(undefined, { admision: {} })
const governed = nodeHttp(undefined, { limits: [{ rate: 50, key: 'caller' }] })
const server = createServer(governed((_, response) => void response.end(currentCall() === undefined ? 'lost' : 'hello'))).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

const mesh = createMesh({ services: { catalog: { endpoints: [`http://127.0.0.1:${port}`], policy: { timeout: '2s' } } } })
const reply = await mesh.service('catalog').fetch('/items/42')
const body = await reply.text()

const options: LogOptions = { levels: { ejected: 'error' } }
mesh.observe(logTo(messageFirst(console), options))
const debug: DebugHandler = debugHandler(mesh)
const debugServer = createServer(debug).listen(0, '127.0.0.1')
await once(debugServer, 'listening')
const page = await fetch(`http://127.0.0.1:${(debugServer.address() as AddressInfo).port}/`)
const told = (await page.text()).includes('127.0.0.1')

// @ts-expect-error a service that is not configured does not compile
const misspelt = (): unknown => mesh.service('catlog')
const code: Code = 'OK'
const agent = new Agent().compose(undiciInterceptor(retry()))

const double = compose(limit({ rate: 50 }), retry()).wrap(async (_context, n: number) => n + 1, { repeat: 'always' })
const composed: number = await double(2)

const { endpoints } = mesh.inspect('catalog')
console.log(JSON.stringify({ node: process.versions.node.split('.')[0], status: reply.status, body, endpoints: endpoints.length, composed, told }))

void [misspelt, code, wrong, fastify(mesh), grpc(mesh).options('catalog'), governed.inspect()]
await mesh.close()
await agent.close()
server.close()
debug.close()
debugServer.close()
