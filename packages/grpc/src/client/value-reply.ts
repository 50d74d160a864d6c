import { Metadata } from '@grpc/grpc-js'
import type { GrpcReply, Reader } from './reply.ts'

/** A message that no server has sent: its reader's deserialiser is passed by. */
export class LocalMessage {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** A reply made of a value: a fallback's answer. Several messages are an array, for a method whose reply streams. */
export function valueReply(value: unknown): GrpcReply {
  return {
    relay(call: Reader): void {
      call.metadata(new Metadata())
      const messages = call.kind.responseStream && Array.isArray(value) ? (value as unknown[]) : [value]
      for (const message of messages) call.message(call.local(message))
      call.end({ code: 0, details: 'OK', metadata: new Metadata() })
    },
    startRead(): void {},
  }
}

type Deserialize<T> = (bytes: Buffer) => T

const local = new WeakMap<object, Deserialize<unknown>>()

/** A method's deserialiser that lets through what a fallback has given. One for each, since it is asked for with every call. */
export function lettingLocal<T>(deserialize: Deserialize<T>): Deserialize<T> {
  let made = local.get(deserialize) as Deserialize<T> | undefined
  if (made === undefined) {
    made = (bytes: unknown) => (bytes instanceof LocalMessage ? (bytes.value as T) : deserialize(bytes as Buffer))
    local.set(deserialize, made)
  }
  return made
}
