import underPressure from '@fastify/under-pressure'
import fastifyRateLimit from '@fastify/rate-limit'
import { express as inmeshExpress, type ServerOptions } from '@inmesh/express'
import { fastify as inmeshFastify } from '@inmesh/fastify'
import express, { type RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import fastify, { type FastifyInstance } from 'fastify'
import { createMesh } from 'inmesh'
import inject from 'light-my-request'

/** One application, as it is sent a request without a socket. */
export interface Contender {
  readonly name: string
  send(): Promise<void>
}

/** What every caller inside of a mesh sends, so that all that is read is there to be read. */
const request = { method: 'GET', url: '/items/42', headers: { 'x-envoy-expected-rq-timeout-ms': '300', 'inmesh-criticality': 'SHEDDABLE' } } as const

/** So many that nobody is ever refused: what is measured is the work of letting pass. */
const plenty = 1_000_000_000

/**
 * Everything on that is on by default, and a limit by caller, since the others have one. What counts as overload is out of
 * reach: on a busy machine the bench itself would be refused, which is cheap.
 */
const governed = { admission: { targetDelay: '1m', maxWait: '1m' }, limits: [{ rate: plenty, key: 'caller' }] } as const satisfies ServerOptions

/** By name; each is made in the process that measures it and nowhere else. */
export const contenders: ReadonlyMap<string, (name: string) => Promise<Contender>> = new Map([
  ['fastify', (name: string) => ofFastify(name, async () => {})],
  ['fastify again', (name: string) => ofFastify(name, async () => {})],
  ['inmesh-fastify', (name: string) => ofFastify(name, async (app) => { await app.register(inmeshFastify(createMesh({ services: {} }), governed)) })],
  // What their READMEs set, out of reach as well.
  ['under-pressure + rate-limit', (name: string) => ofFastify(name, async (app) => {
    await app.register(underPressure, { maxEventLoopDelay: 60_000, maxEventLoopUtilization: 1 })
    await app.register(fastifyRateLimit, { max: plenty, timeWindow: '1 minute' })
  })],
  ['express', async (name: string) => ofExpress(name)],
  ['express again', async (name: string) => ofExpress(name)],
  ['inmesh-express', async (name: string) => ofExpress(name, inmeshExpress(createMesh({ services: {} }), governed))],
  ['express-rate-limit', async (name: string) => ofExpress(name, rateLimit({ windowMs: 15 * 60 * 1000, limit: plenty, standardHeaders: 'draft-8', legacyHeaders: false }))],
])

async function ofFastify(name: string, prepare: (app: FastifyInstance) => Promise<void>): Promise<Contender> {
  const app = fastify()
  await prepare(app)
  app.get('/items/:id', (_request, reply) => void reply.send({ hello: 'world' }))
  await app.ready()
  return { name, send: async () => checked(name, await app.inject(request)) }
}

function ofExpress(name: string, ...middleware: RequestHandler[]): Contender {
  const app = express()
  for (const each of middleware) app.use(each)
  app.get('/items/:id', (_req, res) => void res.json({ hello: 'world' }))
  return { name, send: async () => checked(name, await inject(app as never, request)) }
}

/** A refusal is cheap: it must not pass for speed. */
function checked(name: string, { statusCode, body }: { readonly statusCode: number; readonly body: string }): void {
  if (statusCode !== 200) throw new Error(`${name}: answered ${statusCode} ${body}`)
}
