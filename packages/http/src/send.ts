import { callOf, type AnyScope, type Done, type Terminal } from '@inmesh/pipeline'
import type { HttpCall } from './http-call.ts'
import type { HttpReply } from './reply.ts'
import type { SendEnv } from './send-env.ts'
import { WireTry } from './wire-try.ts'

/** The innermost step of every chain over HTTP. The environment is read for each try, so that it may change under way. */
export function sendOver(env: { readonly current: SendEnv }): Terminal<HttpReply> {
  // A chain of HTTP is only ever entered with calls that its own edge has made.
  const send = (context: AnyScope, done: Done<HttpReply>): void => new WireTry(env.current, callOf(context) as HttpCall, context, done).start()
  return send as Terminal<HttpReply>
}
