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
  close(): Promise<void>
}

/** What every caller inside of a mesh sends, so that all that is read is there to be read. */
const request = { method: 'GET', url: '/items/42', headers: { 'x-envoy-expected-rq-timeout-ms': '300', 'inmesh-criticality': 'SHEDDABLE' } } as const

/** So many that nobody is ever refused: what is measured is the work of letting pass. */
const plenty = 1_000_000_000

const mesh = createMesh({ services: {} })

/**
 * Everything on that is on by default, and a limit by caller, since the others have one. What counts as overload is out of
 * reach: on a busy machine the bench itself would be refused, which is cheap.
 */
const governed = { admission: { targetDelay: '1m', maxWait: '1m' }, limits: [{ rate: plenty, key: 'caller' }] } as const satisfies ServerOptions

export async function fastifyContenders(): Promise<readonly [Contender, ...Contender[]]> {
  return [
    await ofFastify('fastify', async () => {}),
    await ofFastify('fastify again', async () => {}),
    await ofFastify('inmesh-fastify', async (app) => { await app.register(inmeshFastify(mesh, governed)) }),
    // What their READMEs set, out of reach as well.
    await ofFastify('under-pressure + rate-limit', async (app) => {
      await app.register(underPressure, { maxEventLoopDelay: 60_000, maxEventLoopUtilization: 1 })
      await app.register(fastifyRateLimit, { max: plenty, timeWindow: '1 minute' })
    }),
  ]
}

export function expressContenders(): readonly [Contender, ...Contender[]] {
  return [
    ofExpress('express'),
    ofExpress('express again'),
    ofExpress('inmesh-express', inmeshExpress(mesh, governed)),
    ofExpress('express-rate-limit', rateLimit({ windowMs: 15 * 60 * 1000, limit: plenty, standardHeaders: 'draft-8', legacyHeaders: false })),
  ]
}

async function ofFastify(name: string, prepare: (app: FastifyInstance) => Promise<void>): Promise<Contender> {
  const app = fastify()
  await prepare(app)
  app.get('/items/:id', (_request, reply) => void reply.send({ hello: 'world' }))
  await app.ready()
  return { name, send: async () => checked(name, await app.inject(request)), close: () => app.close() }
}

function ofExpress(name: string, ...middleware: RequestHandler[]): Contender {
  const app = express()
  for (const each of middleware) app.use(each)
  app.get('/items/:id', (_req, res) => void res.json({ hello: 'world' }))
  return { name, send: async () => checked(name, await inject(app as never, request)), close: async () => {} }
}

/** A refusal is cheap: it must not pass for speed. */
function checked(name: string, { statusCode, body }: { readonly statusCode: number; readonly body: string }): void {
  if (statusCode !== 200) throw new Error(`${name}: answered ${statusCode} ${body}`)
}
