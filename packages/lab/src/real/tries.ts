import diagnostics from 'node:diagnostics_channel'
import { CALL_HEADER } from './messages.ts'
import type { Endpoint, Tries } from './messages.ts'

interface UndiciRequest {
  readonly origin: string | URL
  readonly headers: readonly string[] | string
}

interface Http2Stream {
  readonly stream: { readonly session?: { readonly socket: { readonly remotePort?: number } } }
  readonly headers: Readonly<Record<string, unknown>>
}

/**
 * Counts tries where all arms must pass. Over HTTP: undici's diagnostics channels, which are global to the process and know
 * nothing of who dispatched. `undici:request:create` fires for each request handed to a connection, also when that is
 * refused afterwards; `undici:client:sendHeaders` fires for each that goes on the wire, so a request which undici
 * itself sends again on another socket counts again. Over gRPC: Node's `http2.client.stream.created`, for each stream on a connection;
 * a connection that is refused is not seen there. A try counts whether or not anybody waits for it.
 */
export interface TryCounter {
  readonly result: () => Tries
  readonly stop: () => void
}

export function countTries(endpoints: readonly Endpoint[], now: () => number): TryCounter {
  const indexOf = new Map(endpoints.map(({ url }, index) => [new URL(url).origin, index]))
  const rows: { at: number; endpoint: number; call: number; sent: 0 | 1 }[] = []
  const latest = new WeakMap<object, (typeof rows)[number]>()

  function add(request: UndiciRequest): (typeof rows)[number] | undefined {
    const endpoint = indexOf.get(new URL(request.origin).origin)
    if (endpoint === undefined) return undefined
    const row = { at: now(), endpoint, call: callOf(request), sent: 0 as 0 | 1 }
    rows.push(row)
    latest.set(request, row)
    return row
  }

  const onCreate = (message: unknown): void => void add((message as { request: UndiciRequest }).request)
  const onSend = (message: unknown): void => {
    const { request } = message as { request: UndiciRequest }
    const known = latest.get(request)
    const row = known?.sent === 0 ? known : add(request)
    if (row !== undefined) row.sent = 1
  }
  diagnostics.subscribe('undici:request:create', onCreate)
  const byPort = new Map(
    endpoints.flatMap(({ url, protocol }, index) => (protocol === 'grpc' ? [[Number(new URL(url).port), index] as const] : []))
  )
  const onStream = (message: unknown): void => {
    const { stream, headers } = message as Http2Stream
    const endpoint = byPort.get(stream.session?.socket.remotePort ?? 0)
    if (endpoint !== undefined) rows.push({ at: now(), endpoint, call: Number(headers[CALL_HEADER] ?? -1), sent: 1 })
  }
  diagnostics.subscribe('undici:client:sendHeaders', onSend)
  diagnostics.subscribe('http2.client.stream.created', onStream)
  return {
    result: () => ({
      at: Float64Array.from(rows, ({ at }) => at),
      endpoint: Uint16Array.from(rows, ({ endpoint }) => endpoint),
      call: Int32Array.from(rows, ({ call }) => call),
      sent: Uint8Array.from(rows, ({ sent }) => sent)
    }),
    stop: () => {
      diagnostics.unsubscribe('undici:request:create', onCreate)
      diagnostics.unsubscribe('undici:client:sendHeaders', onSend)
      diagnostics.unsubscribe('http2.client.stream.created', onStream)
    }
  }
}

/** undici keeps request headers as a flat list of names and values. */
function callOf({ headers }: UndiciRequest): number {
  const list = Array.isArray(headers) ? headers : String(headers).split(/: |\r\n/)
  const at = list.findIndex((name) => name.toLowerCase() === CALL_HEADER)
  return at === -1 ? -1 : Number(list[at + 1])
}
