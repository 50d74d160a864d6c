import { makeGenericClientConstructor, type ChannelCredentials, type ClientOptions, type ClientReadableStream, type ClientUnaryCall, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js'

/** So many messages a stream of `List` has. */
export const streamLength = 10_000

const bytes = (value: Buffer): Buffer => value
const method = (name: string, responseStream: boolean): object => ({
  path: `/shop.Catalog/${name}`, requestStream: false, responseStream,
  requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes,
  options: { idempotency_level: 'NO_SIDE_EFFECTS' },
})

/** Messages are bytes as they are: serialising would cost everybody the same and hide the rest. */
export const catalogService = { get: method('Get', false), list: method('List', true) } as unknown as ServiceDefinition

export const item = Buffer.from(JSON.stringify({ id: 42, name: 'A thing of which there are many', price: 1999, tags: ['small', 'blue'], stock: 7 }))
export const question = Buffer.from('{"id":42}')

export interface CatalogClient {
  get(request: Buffer, done: (error: ServiceError | null, reply?: Buffer) => void): ClientUnaryCall
  list(request: Buffer): ClientReadableStream<Buffer>
  close(): void
}

export const CatalogClient = makeGenericClientConstructor(catalogService, 'shop.Catalog') as unknown as new (address: string, credentials: ChannelCredentials, options?: ClientOptions) => CatalogClient
