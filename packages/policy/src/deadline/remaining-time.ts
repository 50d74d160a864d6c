import type { Millis } from '../types.ts'
import { parseGrpcTimeout } from './grpc-timeout.ts'
import type { HeaderValue } from './header-value.ts'
import { parseConnectTimeout, parseEnvoyTimeout } from './timeout-ms.ts'

/** In the order in which they are believed: a protocol's own header before a proxy's. */
export const REMAINING_TIME_READERS: readonly (readonly [name: string, parse: (value: HeaderValue) => Millis | undefined])[] = [
  ['grpc-timeout', parseGrpcTimeout],
  ['connect-timeout-ms', parseConnectTimeout],
  ['x-envoy-expected-rq-timeout-ms', parseEnvoyTimeout],
  ['x-envoy-upstream-rq-timeout-ms', parseEnvoyTimeout],
]

/** The headers that may carry a request's remaining time, lower case. */
export const REMAINING_TIME_HEADERS: readonly string[] = REMAINING_TIME_READERS.map(([name]) => name)

/** The remaining time of an inbound request: of the first header that parses. `get` answers lower-case names. */
export function readRemainingTime(get: (name: string) => HeaderValue): Millis | undefined {
  for (const [name, parse] of REMAINING_TIME_READERS) {
    const ms = parse(get(name))
    if (ms !== undefined) return ms
  }
  return undefined
}
