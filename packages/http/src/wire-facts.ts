import type { ClientWire } from '@inmesh/pipeline'

/** Whoever makes requests chooses their origins and methods: past so many what they are is worked out each time rather than kept. */
const MOST_ORIGINS = 1000
const MOST_METHODS = 20

const known = new Map<string, Map<string, ClientWire>>()

/** What a request is to telemetry, by the origin that its caller named; `service` stands in for one that names none. */
export function wireOf(origin: string | URL | undefined, method: string, service: string): ClientWire {
  const named = origin === undefined ? service : typeof origin === 'string' ? origin : origin.origin
  const byMethod = known.get(named)
  return byMethod?.get(method) ?? learn(byMethod, named, method)
}

function learn(byMethod: Map<string, ClientWire> | undefined, named: string, method: string): ClientWire {
  const wire = made(named, method)
  if (byMethod === undefined) {
    if (known.size < MOST_ORIGINS) known.set(named, new Map([[method, wire]]))
  } else if (byMethod.size < MOST_METHODS) byMethod.set(method, wire)
  return wire
}

/** A service that was made of an origin has that for its name. */
function made(named: string, method: string): ClientWire {
  const url = URL.parse(named)
  if (url === null || url.hostname === '') return { protocol: 'http', method, address: named }
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  return { protocol: 'http', method, address: url.hostname, port }
}
