import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { controlOf, type ServerControl } from '../control.ts'
import type { ServerOptions } from '../options.ts'
import type { Meshed } from '../seams.ts'
import { ServerCore } from '../server-core.ts'
import { isTaken, NodeCall, type NodeRequest, type NodeResponse } from './node-call.ts'

type Listener<Req, Res> = (req: Req, res: Res) => void

/** Wraps the listener of a server: `http.createServer(governed((req, res) => …))`. */
export interface NodeHttp extends ServerControl {
  (handler: Listener<IncomingMessage, ServerResponse>): Listener<IncomingMessage, ServerResponse>
  (handler: Listener<Http2ServerRequest, Http2ServerResponse>): Listener<Http2ServerRequest, Http2ServerResponse>
}

/**
 * inmesh around the listener of node:http, node:https or node:http2 (in its compatible form). `mesh` may be undefined for a
 * service that calls nobody. Throws one `TypeError` that lists every mistake in the options.
 */
export function nodeHttp(mesh?: Meshed, options?: ServerOptions): NodeHttp {
  const core = new ServerCore('nodeHttp', mesh, options)
  const wrap = (handler: Listener<never, never>): Listener<NodeRequest, NodeResponse> => (req, res) => {
    const next = (): void => handler(req as never, res as never)
    if (isTaken(res, core)) next()
    else core.begin(new NodeCall(core, req, res, next))
  }
  return Object.assign(wrap as never, controlOf(core))
}
