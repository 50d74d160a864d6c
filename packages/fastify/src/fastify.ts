import { callOf, controlOf, isTaken, ServerCore, type Meshed, type ServerControl, type ServerOptions } from '@inmesh/server'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import plugin from 'fastify-plugin'
import { FastifyCall } from './fastify-call.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where `@inmesh/fastify` is registered. */
    readonly inmesh: ServerControl
  }
}

/**
 * inmesh as a Fastify plugin: `await app.register(fastify(mesh))`, before plugins that cost something. Deadlines, admission,
 * limits, and the context that calls beneath inherit; `app.inmesh.inspect()`; `app.close()` drains first. `mesh` may be
 * undefined for a service that calls nobody. Throws one `TypeError` that lists every mistake in the options.
 */
export function fastify(mesh?: Meshed, options?: ServerOptions): FastifyPluginCallback {
  const core = new ServerCore('fastify', mesh, options)
  return plugin((app: FastifyInstance, _, done) => {
    // Registered twice by mistake: the first has all requests already.
    if (app.hasDecorator('inmesh')) core.passedOver()
    else attach(app, core)
    done()
  }, { name: '@inmesh/fastify', fastify: '5.x' })
}

// Fastify tells hooks apart by how many parameters they declare: all of them, and none more.
function attach(app: FastifyInstance, core: ServerCore): void {
  app.decorate('inmesh', controlOf(core))
  app.addHook('onRequest', (request, reply, done) => {
    if (isTaken(reply.raw, core)) done()
    else core.begin(new FastifyCall(core, request, reply, done))
  })
  // A body may have taken longer to come than there was time. The context needs no hook of its own: Fastify binds its parsers
  // of bodies to the request.
  app.addHook('preValidation', (_request, reply, done) => {
    const call = callOf(reply.raw)
    if (call === undefined || !call.owner.refusedLate(call)) done()
  })
  // Fastify refuses new requests by now and closes its server after; what is under way ends first, within a time.
  app.addHook('preClose', async () => {
    // Nobody would be told by a notice now, and nobody served.
    await core.drain({ server: [], notice: 0 })
  })
}
