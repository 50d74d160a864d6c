import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { asError } from './as-error.ts'
import type { HttpReply, RelayController, ReplySource } from './reply.ts'

/** What a fallback may give for HTTP: a `Response`, or the parts of one. */
export type HttpFallbackValue = Response | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string | Uint8Array | object | null }

type Fields = Record<string, string | string[]>

/** A reply made of a value: a fallback's answer, as if the callee had sent it. */
export class ValueReply implements HttpReply, ReplySource {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly statusMessage: string | undefined = undefined
  readonly rawHeaders: Buffer[]
  readonly rawTrailers: Buffer[] = []
  private readonly chunks: () => AsyncIterable<Uint8Array>
  private reader: Dispatcher.DispatchHandler | undefined = undefined
  private controller: RelayController | undefined = undefined
  private paused = false
  private over = false
  private wake: (() => void) | undefined = undefined

  constructor(status: number, headers: Fields, chunks: () => AsyncIterable<Uint8Array>) {
    this.status = status
    this.headers = headers
    this.rawHeaders = Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [Buffer.from(name, 'latin1'), Buffer.from(one, 'latin1')]))
    this.chunks = chunks
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.wake?.()
    this.wake = undefined
  }

  interrupt(error: Error): void {
    const { reader, controller } = this
    if (this.over || reader === undefined || controller === undefined) return
    this.over = true
    this.resume()
    reader.onResponseError?.(controller, error)
    controller.release()
  }

  relay(handler: Dispatcher.DispatchHandler, controller: RelayController): void {
    controller.source = this
    this.reader = handler
    this.controller = controller
    this.pump(handler, controller).catch((error: unknown) => this.interrupt(asError(error)))
  }

  private async pump(handler: Dispatcher.DispatchHandler, controller: RelayController): Promise<void> {
    handler.onResponseStart?.(controller, this.status, this.headers)
    for await (const chunk of this.chunks()) {
      if (this.paused) await this.resumed()
      if (this.over) return
      handler.onResponseData?.(controller, Buffer.from(chunk))
    }
    if (this.paused) await this.resumed()
    if (this.over) return
    this.over = true
    handler.onResponseEnd?.(controller, {})
    controller.release()
  }

  private resumed(): Promise<void> {
    return new Promise<void>((resolve) => { this.wake = resolve })
  }
}

/** Anything that is neither a `Response` nor `{ status, headers, body }` is sent as JSON. */
export function replyOf(value: unknown): ValueReply {
  if (isResponse(value)) return replyOfResponse(value)
  const parts = isParts(value) ? value : { body: value as object | null }
  const body = parts.body
  const json = body !== null && body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
  const bytes = body == null ? new Uint8Array() : typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
  const headers = { ...(json ? { 'content-type': 'application/json' } : {}), 'content-length': String(bytes.byteLength), ...parts.headers }
  return new ValueReply(finalStatus(parts.status ?? 200), headers, async function* () { if (bytes.byteLength > 0) yield bytes })
}

function replyOfResponse({ status, headers, body, type }: Response): ValueReply {
  const fields: Fields = {}
  // What was fetched has been decoded already, though its head still tells of the encoding and of the encoded length.
  const decoded = type !== 'default' && headers.has('content-encoding')
  for (const [name, value] of headers) {
    if (name === 'set-cookie' || (decoded && (name === 'content-encoding' || name === 'content-length'))) continue
    fields[name] = value
  }
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) fields['set-cookie'] = cookies
  return new ValueReply(finalStatus(status), fields, async function* () { if (body !== null) yield* body as AsyncIterable<Uint8Array> })
}

/** Anything below 200 announces an answer, for which a reader would wait for ever; `Response.error()` has 0. */
function finalStatus(status: number): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new RangeError(`a reply's status is from 200 to 599, not ${status}`)
}

/** By shape: a `Response` may be the built-in's or undici's. */
function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'arrayBuffer' in value && typeof value.arrayBuffer === 'function'
}

function isParts(value: unknown): value is Exclude<HttpFallbackValue, Response> {
  return typeof value === 'object' && value !== null && ('status' in value || 'body' in value) && !Array.isArray(value)
}
