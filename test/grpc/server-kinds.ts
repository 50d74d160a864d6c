import { setTimeout as after } from 'node:timers/promises'
import { Client, credentials, Metadata, Server, ServerCredentials, type ChannelCredentials, type MethodDefinition, type ServerInterceptor, type StatusObject, type UntypedHandleCall } from '@grpc/grpc-js'
import { grpcServer, type GrpcServer, type GrpcServerOptions } from '@inmesh/grpc'
import type { MeshHost } from '@inmesh/pipeline'

// One server of grpc-js with inmesh in it, a service with a method of each kind, and plain clients of grpc-js.

export const kinds = ['Unary', 'ServerStream', 'ClientStream', 'Bidi'] as const
export type Kind = (typeof kinds)[number]

/** What a handler of any kind does once it has all that it is sent; what it answers is sent, and what it throws is the status. */
export type Work = (call: Called) => Promise<string> | string

/** What handlers of all kinds are given, as far as tests look at it. */
export interface Called {
  readonly metadata: Metadata
  readonly cancelled: boolean
  sendMetadata(metadata: Metadata): void
  on(event: 'cancelled', listener: () => void): unknown
}

const text = { serialize: (value: string): Buffer => Buffer.from(value), deserialize: (bytes: Buffer): string => bytes.toString() }

export function method(kind: Kind): MethodDefinition<string, string> {
  return {
    path: `/shop.Catalog/${kind}`,
    requestStream: kind === 'ClientStream' || kind === 'Bidi',
    responseStream: kind === 'ServerStream' || kind === 'Bidi',
    requestSerialize: text.serialize,
    requestDeserialize: (bytes) => {
      const value = text.deserialize(bytes)
      if (value === 'unreadable') throw new Error('on purpose')
      return value
    },
    responseSerialize: text.serialize,
    responseDeserialize: text.deserialize,
  }
}

/** One handler of each kind around the same work. Streams read all that comes first, by events, as most handlers do. */
function handlerOf(kind: Kind, work: Work): UntypedHandleCall {
  const unary = (call: Called, answer: (error: object | null, value?: string) => void): void => {
    new Promise<string>((resolve) => resolve(work(call))).then((value) => answer(null, value), (error: object) => answer(error))
  }
  const stream = (call: Called & { write(value: string): void; end(): void; emit(event: 'error', error: unknown): void }): void => {
    new Promise<string>((resolve) => resolve(work(call))).then((value) => {
      call.write(value)
      call.end()
    }, (error: unknown) => call.emit('error', error))
  }
  const read = (call: NodeJS.ReadableStream, then: () => void): void => {
    call.on('data', () => {})
    call.on('end', then)
  }
  if (kind === 'Unary') return unary as never
  if (kind === 'ServerStream') return stream as never
  if (kind === 'ClientStream') return ((call: Called & NodeJS.ReadableStream, answer: never) => read(call, () => unary(call, answer))) as never
  return ((call: Called & NodeJS.ReadableStream) => read(call, () => stream(call as never))) as never
}

export interface Reply {
  readonly code: number
  readonly details: string
  readonly values: readonly string[]
  readonly trailers: Metadata
}

export interface Sent {
  readonly reply: Promise<Reply>
  /** When the head has come. */
  readonly head: Promise<unknown>
  cancel(): void
}

export interface Sending {
  readonly metadata?: Readonly<Record<string, string>>
  /** In ms from now, by the client's own deadline. */
  readonly within?: number
  readonly message?: string
}

export interface App {
  readonly governed: GrpcServer
  readonly server: Server
  readonly client: Client
  readonly address: string
  send(kind: Kind, sending?: Sending): Sent
  close(): void
}

export interface AppOptions {
  readonly options?: GrpcServerOptions
  readonly mesh?: { readonly host: MeshHost } | undefined
  /** Nearer to the wire than inmesh, and nearer to the handlers. */
  readonly before?: readonly ServerInterceptor[]
  readonly behind?: readonly ServerInterceptor[]
  readonly serverCredentials?: ServerCredentials
  readonly clientCredentials?: ChannelCredentials
  readonly serverOptions?: Readonly<Record<string, number>>
}

/** What counts as overload is out of reach: a busy machine would have its tests refused. */
const calm = { targetDelay: '10s' } as const

export async function startApp(works: Partial<Record<Kind, Work>> | Work, { options = {}, mesh, before = [], behind = [], serverCredentials, clientCredentials, serverOptions = {} }: AppOptions = {}): Promise<App> {
  const { admission, ...others } = options
  const governed = grpcServer(mesh, { ...others, admission: admission === false ? false : { ...calm, ...admission } })
  const server = new Server({ interceptors: [...before, governed, ...behind], ...serverOptions })
  for (const kind of kinds) {
    const work = typeof works === 'function' ? works : works[kind]
    if (work !== undefined) server.addService({ [kind]: method(kind) }, { [kind]: handlerOf(kind, work) })
  }
  governed.health.addToServer(server)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', serverCredentials ?? ServerCredentials.createInsecure(), (error, bound) => (error === null ? resolve(bound) : reject(error)))
  })
  const address = `${serverCredentials === undefined ? '127.0.0.1' : 'localhost'}:${port}`
  // Refusals are looked at as they are: nothing of the client's is to send again.
  const client = new Client(address, clientCredentials ?? credentials.createInsecure(), { 'grpc.enable_retries': 0 })
  return {
    governed, server, client, address,
    send: (kind, sending) => send(client, kind, sending),
    close: () => {
      client.close()
      server.forceShutdown()
      governed.close()
    },
  }
}

/** A call as a client makes it by hand. */
export function send(client: Client, kind: Kind, { metadata = {}, within, message = 'ask' }: Sending = {}): Sent {
  const { path, requestSerialize, responseDeserialize } = method(kind)
  const all = new Metadata()
  for (const [name, value] of Object.entries(metadata)) all.set(name, value)
  const callOptions = within === undefined ? {} : { deadline: Date.now() + within }
  const values: string[] = []
  const answer = (_error: unknown, value?: string): void => void (value !== undefined && values.push(value))
  const writer = kind === 'ClientStream' ? client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, all, callOptions, answer)
    : kind === 'Bidi' ? client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, all, callOptions)
      : undefined
  writer?.write(message)
  writer?.end()
  const call = writer ?? (kind === 'Unary' ? client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, all, callOptions, answer)
    : client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, message, all, callOptions))
  if ('read' in call) {
    call.on('data', (value: string) => void values.push(value))
    call.on('error', () => {})
  }
  const head = new Promise((resolve) => void call.on('metadata', resolve))
  const reply = new Promise<Reply>((resolve) => {
    call.on('status', ({ code, details, metadata: trailers }: StatusObject) => {
      // The value of a unary call is handed out in the same turn, before or after.
      void after(0).then(() => resolve({ code, details, values, trailers }))
    })
  })
  return { reply, head, cancel: () => call.cancel() }
}

/** One value of metadata as text, or undefined. */
export function one(metadata: Metadata, name: string): string | undefined {
  return metadata.get(name)[0]?.toString()
}
