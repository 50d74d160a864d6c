// grpc.health.v1 (grpc/health/v1/health.proto): two messages of one field each, not worth a library of protobuf.

const SERVICE = 0x0a
const STATUS = 0x08

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const

/** `HealthCheckRequest { service = 1 }`; names are shorter than 128 bytes or their length takes a second byte. */
export function encodeCheck(service: string): Buffer {
  const name = Buffer.from(service)
  if (name.length === 0) return name
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7]
  return Buffer.concat([Buffer.from([SERVICE, ...length]), name])
}

/** `HealthCheckResponse { status = 1 }`; 0 is not written. */
export function servingStatus(message: Uint8Array): string {
  if (message.length === 0) return 'UNKNOWN'
  return (message.length === 2 && message[0] === STATUS ? statuses[message[1]!] : undefined) ?? 'an answer that is none'
}
