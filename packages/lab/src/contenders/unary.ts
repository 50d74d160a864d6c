import { Metadata } from '@grpc/grpc-js'
import type { CallOptions, Client as GrpcClient } from '@grpc/grpc-js'
import { rpcOf } from '../real/rpc.ts'
import type { ClientCall, Reply } from './client.ts'

/** One unary call; its message is what over HTTP is the path and the body. Rejects with grpc-js's error. */
export function callUnary(
  client: GrpcClient,
  { class: requestClass, path, body }: ClientCall,
  headers: Readonly<Record<string, string>>,
  options: CallOptions
): Promise<Reply> {
  const { path: method, requestSerialize, responseDeserialize } = rpcOf(requestClass)
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  const message = Buffer.from(path + (body ?? ''))
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method, requestSerialize, responseDeserialize, message, metadata, options, (error, reply) => {
      if (error !== null) return reject(error)
      resolve({ statusCode: 200, body: new Blob(reply === undefined ? [] : [new Uint8Array(reply)]) })
    })
  })
}
