import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js'
import { catalogService, item, streamLength } from './catalog.ts'

// Answers at once: what is measured is the client's work, and waiting costs it nothing.
const handlers = {
  get: (_call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => done(null, item),
  list: (call: ServerWritableStream<Buffer, Buffer>) => {
    let left = streamLength
    const write = (): void => {
      while (left > 0) if (left--, !call.write(item)) return void call.once('drain', write)
      call.end()
    }
    write()
  },
}

function listen(): Promise<number> {
  const server = new Server()
  server.addService(catalogService, handlers)
  return new Promise((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error === null ? resolve(port) : reject(error))))
}

process.once('disconnect', () => process.exit(0))
const ports = await Promise.all(Array.from({ length: Number(process.argv[2]) }, listen))
process.send?.(ports)
