import { ambient, beginAmbient } from '@inmesh/pipeline'
import type { CurrentCall } from './current-work.ts'
import { Work } from './work.ts'

/**
 * The request or message that this code works for; undefined outside of one. Follows `await`, timers and promises. In
 * listeners of the request itself, such as `req.on('end')` of node:http, there is none: their context is the connection's. Bind
 * them: `req.on('end', AsyncResource.bind(() => …))`.
 */
export function currentCall(): CurrentCall | undefined {
  const scope = ambient()?.scope
  return scope instanceof Work ? scope.current : undefined
}

/**
 * Runs `fn` for nobody: neither the deadline nor the hang-up of the request around it reaches what is called there. For
 * what must be done although the caller has gone, such as an audit record; it is then nobody's to bound but your own.
 */
export function detached<T>(fn: () => T): T {
  return beginAmbient(undefined, fn)
}
