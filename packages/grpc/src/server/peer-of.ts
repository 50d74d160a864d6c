import type { ServerHttp2Stream } from 'node:http2'
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js'
import { nameIn, peerOf, plainAddress, type Peer } from '@inmesh/server'

/** Who is at the other end. Of a stream that is seen the certificate is read once for a connection. */
export function peerOfCall(call: ServerInterceptingCallInterface, stream: ServerHttp2Stream | undefined): Peer {
  if (stream !== undefined) return peerOf(stream.session?.socket)
  // Versions before 1.14 have no auth context.
  const { getAuthContext } = call as Partial<ServerInterceptingCallInterface>
  return { address: plainAddress(addressIn(call.getPeer())), certificate: nameIn(getAuthContext?.call(call).sslPeerCertificate) }
}

/** Of `10.0.0.1:51234` or `::1:51234`; of a Unix socket grpc-js says `unknown`. */
function addressIn(peer: string): string | undefined {
  const port = peer.lastIndexOf(':')
  return port < 0 ? undefined : peer.slice(0, port)
}
