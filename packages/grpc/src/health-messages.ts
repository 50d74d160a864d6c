/** As `grpc.health.v1` numbers them. */
export const SERVING_STATUSES = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const

export type ServingStatus = keyof typeof SERVING_STATUSES

export interface HealthCheckRequest {
  readonly service: string
}

export interface HealthCheckResponse {
  readonly status: ServingStatus
}

// Two messages of one field each, by hand. Objects, as generated ones are: grpc-js takes an empty text for no message.
const SERVICE = (1 << 3) | 2
const STATUS = (1 << 3) | 0

export function encodeHealthRequest({ service }: HealthCheckRequest): Buffer {
  const name = Buffer.from(service)
  return name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE, ...varint(name.length)]), name])
}

/** Throws for bytes that are no message: grpc-js answers INTERNAL then, as for every other message. */
export function decodeHealthRequest(bytes: Uint8Array): HealthCheckRequest {
  let service = ''
  for (const { tag, value } of fieldsOf(bytes)) if (tag === SERVICE && value instanceof Uint8Array) service = Buffer.from(value).toString()
  return { service }
}

export function encodeHealthResponse({ status }: HealthCheckResponse): Buffer {
  return Buffer.from([STATUS, SERVING_STATUSES[status]])
}

/** A number that is none of the four is UNKNOWN. */
export function decodeHealthResponse(bytes: Uint8Array): HealthCheckResponse {
  let number = 0
  for (const { tag, value } of fieldsOf(bytes)) if (tag === STATUS && typeof value === 'number') number = value
  return { status: (Object.keys(SERVING_STATUSES) as ServingStatus[])[number] ?? 'UNKNOWN' }
}

interface Field {
  readonly tag: number
  readonly value: number | Uint8Array
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const number = (): number => {
    let value = 0
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new RangeError('a message of grpc.health.v1 ends within a number')
  }
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new RangeError('a message of grpc.health.v1 ends within a field')
    return bytes.subarray(at, (at += length))
  }
  while (at < bytes.length) {
    const tag = number()
    const type = tag % 8
    if (type === 0) yield { tag, value: number() }
    else if (type === 2) yield { tag, value: take(number()) }
    else if (type === 1 || type === 5) take(type === 1 ? 8 : 4)
    else throw new RangeError('a message of grpc.health.v1 has a field of no type')
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]
}
