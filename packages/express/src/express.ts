import { controlOf, isTaken, ServerCore, type Meshed, type NodeRequest, type NodeResponse, type ServerControl, type ServerOptions } from '@inmesh/server'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ExpressCall, type ExpressRequest } from './express-call.ts'

/** Express's `RequestHandler`, by its form: so that neither Express 4's types nor 5's are asked for. */
export interface ExpressMiddleware extends ServerControl {
  (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void
}

/**
 * inmesh as an Express middleware: `app.use(express(mesh))`, before everything that costs something. Deadlines, admission,
 * limits, and the context that calls beneath inherit. `mesh` may be undefined for a service that calls nobody. Throws one
 * `TypeError` that lists every mistake in the options.
 */
export function express(mesh?: Meshed, options?: ServerOptions): ExpressMiddleware {
  const core = new ServerCore('express', mesh, options)
  const middleware = (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    if (isTaken(res, core)) next()
    else core.begin(new ExpressCall(core, req as NodeRequest as ExpressRequest, res as NodeResponse, next))
  }
  return Object.assign(middleware, controlOf(core))
}
