import { makeGenericClientConstructor, Metadata, Server, ServerCredentials, type status, type ChannelCredentials, type ClientDuplexStream, type ClientOptions, type ClientReadableStream, type ClientUnaryCall, type ClientWritableStream, type CallOptions, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type ServiceError, type sendUnaryData } from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'

// A service with a method of each kind, whose messages are text.

const serialize = (text: string): Buffer => Buffer.from(text)
const deserialize = (bytes: Buffer): string => bytes.toString()
const method = (name: string, requestStream: boolean, responseStream: boolean, level?: string): object => ({
  path: `/shop.Catalog/${name}`, requestStream, responseStream,
  requestSerialize: serialize, requestDeserialize: deserialize, responseSerialize: serialize, responseDeserialize: deserialize,
  options: { idempotency_level: level ?? 'IDEMPOTENCY_UNKNOWN' },
})

export const catalogService = {
  get: method('Get', false, false, 'NO_SIDE_EFFECTS'),
  put: method('Put', false, false),
  list: method('List', false, true, 'NO_SIDE_EFFECTS'),
  sum: method('Sum', true, false),
  chat: method('Chat', true, true),
} as never

type Done = (error: ServiceError | null, reply?: string) => void

export interface CatalogClient {
  get(request: string, done: Done): ClientUnaryCall
  get(request: string, options: CallOptions, done: Done): ClientUnaryCall
  get(request: string, metadata: Metadata, done: Done): ClientUnaryCall
  get(request: string, metadata: Metadata, options: CallOptions, done: Done): ClientUnaryCall
  put(request: string, done: Done): ClientUnaryCall
  put(request: string, options: CallOptions, done: Done): ClientUnaryCall
  list(request: string, options?: CallOptions): ClientReadableStream<string>
  sum(done: Done): ClientWritableStream<string>
  sum(options: CallOptions, done: Done): ClientWritableStream<string>
  chat(options?: CallOptions): ClientDuplexStream<string, string>
  close(): void
  waitForReady(deadline: number, done: (error?: Error) => void): void
  getChannel(): { getConnectivityState(connect: boolean): number; getTarget(): string }
}

export const CatalogClient = makeGenericClientConstructor(catalogService, 'shop.Catalog') as unknown as new (address: string, credentials: ChannelCredentials, options?: ClientOptions) => CatalogClient

export interface Handlers {
  get?(call: ServerUnaryCall<string, string>, done: sendUnaryData<string>): void
  put?(call: ServerUnaryCall<string, string>, done: sendUnaryData<string>): void
  list?(call: ServerWritableStream<string, string>): void
  sum?(call: ServerReadableStream<string, string>, done: sendUnaryData<string>): void
  chat?(call: ServerDuplexStream<string, string>): void
}

export interface Replica {
  readonly url: string
  readonly address: string
  readonly server: Server
  /** Metadata of every call so far, in order. */
  readonly seen: Metadata[]
  close(): void
}

/** A server of grpc-js; what a test does not handle echoes. */
export async function replica(handlers: Handlers = {}, credentials: ServerCredentials = ServerCredentials.createInsecure(), port = 0): Promise<Replica> {
  const server = new Server()
  const seen: Metadata[] = []
  const echo: Required<Handlers> = {
    get: (call, done) => done(null, `got ${call.request}`),
    put: (call, done) => done(null, `put ${call.request}`),
    list: (call) => { for (const part of call.request.split(' ')) call.write(part); call.end() },
    sum: (call, done) => {
      let all = ''
      call.on('data', (text: string) => { all += text }).on('end', () => done(null, all))
    },
    chat: (call) => void call.on('data', (text: string) => call.write(`you said ${text}`)).on('end', () => call.end()),
  }
  const all = { ...echo, ...handlers }
  const noting = Object.fromEntries(Object.entries(all).map(([name, handle]) => [name, (call: { metadata: Metadata }, done: unknown) => {
    seen.push(call.metadata)
    ;(handle as (call: unknown, done: unknown) => void)(call, done)
  }]))
  server.addService(catalogService, noting as never)
  const bound = await new Promise<number>((resolve, reject) => server.bindAsync(`127.0.0.1:${port}`, credentials, (error, at) => (error === null ? resolve(at) : reject(error))))
  onTestFinished(() => server.forceShutdown())
  const address = `127.0.0.1:${bound}`
  return { url: `http://${address}`, address, server, seen, close: () => server.forceShutdown() }
}

export function failing(code: status, details = 'no', metadata?: Record<string, string | Buffer>): Partial<ServiceError> {
  const trailers = new Metadata()
  for (const [name, value] of Object.entries(metadata ?? {})) trailers.set(name, value)
  return { code, details, metadata: trailers, name: 'Error', message: details }
}

export interface Answer {
  readonly error: (ServiceError & { readonly cause?: unknown }) | null
  readonly reply: string | undefined
}

/** A call with a callback, as a promise that never rejects. */
export function answerOf(make: (done: Done) => unknown): Promise<Answer> {
  return new Promise((resolve) => { make((error, reply) => resolve({ error, reply })) })
}

/** All that a stream gives, and how it ends. */
export function readAll(stream: ClientReadableStream<string> | ClientDuplexStream<string, string>): Promise<{ readonly parts: string[]; readonly error: ServiceError | undefined; readonly code: number }> {
  return new Promise((resolve) => {
    const parts: string[] = []
    let error: ServiceError | undefined
    stream.on('data', (part: string) => parts.push(part))
    stream.on('error', (thrown: ServiceError) => { error = thrown })
    stream.on('status', ({ code }) => resolve({ parts, error, code }))
  })
}

/** Polls, so that a test waits no longer than it must; fails with what it waited for. */
export async function eventually(what: string, holds: () => boolean, within = 3000): Promise<void> {
  const until = performance.now() + within
  while (!holds()) {
    if (performance.now() > until) throw new Error(`not within ${within} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
