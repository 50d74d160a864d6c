import type { ServerHttp2Stream } from 'node:http2'
import type { ServerInterceptingCallInterface } from '@grpc/grpc-js'

/**
 * The stream beneath a call, which grpc-js keeps to itself; undefined where an interceptor stands between, or a version keeps it
 * elsewhere. Only looked at, and for what nothing depends on that the interface of grpc-js does not tell too, if less
 * exactly: whether the caller left or grpc-js ended the call, the certificate of the connection without parsing it for
 * each call, and which connections there are to say goodbye on.
 */
export function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream | undefined {
  const { stream } = call as { readonly stream?: unknown }
  return isStream(stream) ? stream : undefined
}

function isStream(stream: unknown): stream is ServerHttp2Stream {
  return typeof stream === 'object' && stream !== null && 'session' in stream && 'sentHeaders' in stream
}

/** The number of the status that has gone out; undefined where the stream ended without one. */
export function sentStatus(stream: ServerHttp2Stream | undefined): number | undefined {
  const status = stream?.sentHeaders?.['grpc-status'] ?? stream?.sentTrailers?.['grpc-status']
  return status === undefined ? undefined : Number(status)
}
