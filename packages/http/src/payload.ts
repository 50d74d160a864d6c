import type { Payload } from '@inmesh/pipeline'
import { Readable } from 'node:stream'
import { FormData as UndiciFormData, type Dispatcher } from 'undici'

type RequestBody = Dispatcher.DispatchOptions['body']

const none: Payload = Object.freeze({ kind: 'none', touched: false })
const replayable: Payload = Object.freeze({ kind: 'replayable', touched: false })

const nothing: Sendable = { payload: none, body: null }

/** A body as it goes to undici for a try, and what may be done with it. */
export interface Sendable {
  readonly payload: Payload
  readonly body: RequestBody
  /** Whether this is what the body itself failed with: an upload that broke on the caller's side. */
  readonly brokeBy?: (error: unknown) => boolean
}

/**
 * Whether a body can be sent again. Bytes, strings, blobs and forms can; a stream or an iterable only while nobody has
 * read from it: nothing is buffered to make it repeatable.
 */
export function sendable(body: unknown): Sendable {
  if (body == null) return nothing
  if (typeof body === 'string' || body instanceof Blob || ArrayBuffer.isView(body) || body instanceof ArrayBuffer || body instanceof UndiciFormData) {
    return { payload: replayable, body: body as RequestBody }
  }
  if (body instanceof Readable) return { payload: new StreamPayload(body), body, brokeBy: (error) => body.errored === error }
  if (typeof body === 'object' && Symbol.asyncIterator in body) return watched(body as AsyncIterable<unknown>)
  // A synchronous iterable may be a generator; whatever else it is, undici says what it thinks of it.
  return { payload: new UnknownPayload(), body: body as RequestBody }
}

class StreamPayload implements Payload {
  readonly kind = 'once'
  private readonly stream: Readable

  constructor(stream: Readable) {
    this.stream = stream
  }

  get touched(): boolean {
    return this.stream.readableDidRead || this.stream.destroyed
  }
}

class UnknownPayload implements Payload {
  readonly kind = 'once'
  readonly touched = true
}

function watched(source: AsyncIterable<unknown>): Sendable {
  const payload = { kind: 'once' as const, touched: false }
  let broke: { readonly by: unknown } | undefined
  const note = (error: unknown): never => {
    broke = { by: error }
    throw error
  }
  const body = {
    [Symbol.asyncIterator](): AsyncIterator<unknown> {
      payload.touched = true
      const inner = source[Symbol.asyncIterator]()
      const next = (): Promise<IteratorResult<unknown>> => inner.next().catch(note)
      return inner.return === undefined ? { next } : { next, return: (value) => inner.return?.(value) ?? Promise.resolve({ done: true, value }) }
    },
  }
  return { payload, body: body as unknown as RequestBody, brokeBy: (error) => broke !== undefined && broke.by === error }
}
