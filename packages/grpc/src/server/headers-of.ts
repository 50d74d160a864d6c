import type { Deadline, Metadata } from '@grpc/grpc-js'
import type { Headers } from '@inmesh/server'
import { formatGrpcTimeout, type HeaderValue } from '@inmesh/policy'

/**
 * Metadata as a server's headers are: by lower-case names, a text where there is one line. grpc-js has taken `grpc-timeout`
 * out and made an instant of it, on its own wall clock, a moment ago: it is put back as what is left.
 */
export function headersOf(metadata: Metadata, deadline: Deadline): Headers {
  const lines = metadata.toHttp2Headers() as Readonly<Record<string, HeaderValue>>
  // Names come from anybody: one may be `__proto__`.
  const headers = Object.create(null) as Record<string, HeaderValue>
  for (const name of Object.keys(lines)) {
    const value = lines[name]
    // Older versions have a list of one.
    headers[name] = typeof value === 'object' && value.length === 1 ? value[0] : value
  }
  const at = typeof deadline === 'number' ? deadline : deadline.getTime()
  if (at < Infinity) headers['grpc-timeout'] = formatGrpcTimeout(Math.max(0, at - Date.now()))
  return headers
}
