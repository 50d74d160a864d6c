import { callOf, type AnyScope, type Done, type Terminal } from '@inmesh/pipeline'
import type { HttpCall } from './http-call.ts'
import type { HttpReply } from './reply.ts'
import type { SendEnv } from './send-env.ts'
import { WatchedTry, watches } from './watched-try.ts'
import { WireTry } from './wire-try.ts'

/** The innermost step of every chain over HTTP. The environment is read for each try, so that it may change under way. */
export function sendOver(env: { readonly current: SendEnv }): Terminal<HttpReply> {
  // A chain of HTTP is only ever entered with calls that its own edge has made.
  const send = (context: AnyScope, done: Done<HttpReply>): void => {
    const call = callOf(context) as HttpCall
    const attempt = watches(call.handler) ? new WatchedTry(env.current, call, context, done) : new WireTry(env.current, call, context, done)
    attempt.start()
  }
  return send as Terminal<HttpReply>
}
