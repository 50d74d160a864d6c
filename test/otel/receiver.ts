import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as a receiver of OTLP has it. */
export interface Received {
  readonly name: string
  readonly kind: 'INTERNAL' | 'SERVER' | 'CLIENT' | 'other'
  readonly scope: string
  readonly service: unknown
  readonly traceId: string
  readonly id: string
  readonly parent: string | undefined
  /** Of the time of day, in ms. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly error: string | undefined
  readonly links: readonly { readonly id: string; readonly traceId: string; readonly attributes: Readonly<Record<string, unknown>> }[]
  readonly events: readonly { readonly name: string; readonly at: number; readonly attributes: Readonly<Record<string, unknown>> }[]
}

// As the protocol's JSON has them (opentelemetry-proto 1, `ExportTraceServiceRequest`).
interface Pair { readonly key: string; readonly value: Readonly<Record<string, unknown>> }
interface RawSpan {
  readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string; readonly name: string; readonly kind: number
  readonly startTimeUnixNano: string; readonly endTimeUnixNano: string; readonly attributes?: readonly Pair[]; readonly status?: { readonly code?: number; readonly message?: string }
  readonly links?: readonly { readonly traceId: string; readonly spanId: string; readonly attributes?: readonly Pair[] }[]
  readonly events?: readonly { readonly name: string; readonly timeUnixNano: string; readonly attributes?: readonly Pair[] }[]
}
interface Exported {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly Pair[] }
    readonly scopeSpans?: readonly { readonly scope?: { readonly name?: string }; readonly spans?: readonly RawSpan[] }[]
  }[]
}

const kinds: Readonly<Record<number, Received['kind']>> = { 1: 'INTERNAL', 2: 'SERVER', 3: 'CLIENT' }

/** A collector: takes OTLP as JSON over HTTP on a free loopback port. Whoever starts it closes it. */
export class Receiver {
  readonly url: string
  readonly spans: Received[] = []
  private readonly server: Server

  static async start(): Promise<Receiver> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Receiver(server)
  }

  private constructor(server: Server) {
    this.server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
    server.on('request', (request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => { text += part }).on('end', () => {
        this.spans.push(...spansOf(JSON.parse(text) as Exported))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
    })
  }

  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }
}

function spansOf({ resourceSpans = [] }: Exported): Received[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) => spans.map((span) => received(span, scope?.name ?? '', plain(resource?.attributes)['service.name']))))
}

function received(span: RawSpan, scope: string, service: unknown): Received {
  const { traceId, spanId: id, parentSpanId, name, kind, startTimeUnixNano, endTimeUnixNano, attributes, status, links = [], events = [] } = span
  return {
    name, scope, service, traceId, id, kind: kinds[kind] ?? 'other', parent: parentSpanId === '' ? undefined : parentSpanId, start: ms(startTimeUnixNano), end: ms(endTimeUnixNano),
    attributes: plain(attributes),
    error: status?.code === 2 ? (status.message ?? '') : undefined,
    links: links.map((link) => ({ id: link.spanId, traceId: link.traceId, attributes: plain(link.attributes) })),
    events: events.map((event) => ({ name: event.name, at: ms(event.timeUnixNano), attributes: plain(event.attributes) })),
  }
}

function ms(nanos: string): number {
  return Number(BigInt(nanos) / 1000n) / 1000
}

function plain(pairs: readonly Pair[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => {
    const [one] = Object.entries(value)
    return [key, one?.[0] === 'intValue' ? Number(one[1]) : one?.[1]]
  }))
}
