import { callOf, type AnyScope, type Done, type Terminal } from '@inmesh/pipeline'
import type { GrpcCall } from './grpc-call.ts'
import { GrpcTry } from './grpc-try.ts'
import type { GrpcReply } from './reply.ts'

/** The innermost step of every chain over gRPC: a call brings its client's environment and routes with it. */
const send = (context: AnyScope, done: Done<GrpcReply>): void => {
  // A chain of gRPC is only ever entered with calls that its own edge has made.
  const call = callOf(context) as GrpcCall
  const { face } = call
  const { env } = face
  new GrpcTry(env.send, face, context, env.routes(context), done).start(call)
}

export const sendGrpc: Terminal<GrpcReply> = send as Terminal<GrpcReply>
