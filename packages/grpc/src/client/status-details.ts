/** What `grpc-status-details-bin` (google.rpc.Status) says that a policy can use. */
export interface StatusDetails {
  /** `google.rpc.ErrorInfo.reason`: the callee's own code. */
  readonly reason?: string
  /** `google.rpc.RetryInfo.retry_delay`, in ms. */
  readonly retryDelay?: number
}

/** Metadata comes from anybody; servers allow 8 KiB of it. */
const LONGEST = 16_384
const LONGEST_REASON = 128
const MOST_DETAILS = 32

const nothing: StatusDetails = Object.freeze({})

/**
 * Reads the message field by field (google/rpc/status.proto, error_details.proto): `Status { details = 3: Any { type_url =
 * 1, value = 2 } }`. What cannot be read says nothing.
 */
export function statusDetails(bytes: Uint8Array): StatusDetails {
  if (bytes.length > LONGEST) return nothing
  const found: { reason?: string; retryDelay?: number } = {}
  let seen = 0
  const whole = eachField(bytes, (field, value) => {
    if (field === 3 && value instanceof Uint8Array && seen++ < MOST_DETAILS) detail(value, found)
  })
  return whole ? found : nothing
}

function detail(any: Uint8Array, found: { reason?: string; retryDelay?: number }): void {
  let type = ''
  let value: Uint8Array | undefined
  eachField(any, (field, content) => {
    if (!(content instanceof Uint8Array)) return
    if (field === 1) type = text(content)
    else if (field === 2) value = content
  })
  if (value === undefined) return
  if (type.endsWith('/google.rpc.ErrorInfo')) {
    eachField(value, (field, content) => {
      if (field === 1 && content instanceof Uint8Array && content.length > 0 && content.length <= LONGEST_REASON) found.reason = text(content)
    })
  } else if (type.endsWith('/google.rpc.RetryInfo')) {
    eachField(value, (field, content) => {
      if (field === 1 && content instanceof Uint8Array) found.retryDelay = duration(content)
    })
  }
}

function duration(bytes: Uint8Array): number {
  let ms = 0
  eachField(bytes, (field, value) => {
    if (typeof value !== 'number') return
    if (field === 1) ms += value * 1000
    else if (field === 2) ms += value / 1e6
  })
  return ms
}

const decoder = new TextDecoder()

function text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Walks a message of protobuf; false for bytes that are none. */
function eachField(bytes: Uint8Array, visit: (field: number, value: Uint8Array | number) => void): boolean {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; at < bytes.length && scale < 2 ** 63; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return NaN
  }
  while (at < bytes.length) {
    const tag = varint()
    const field = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0: {
        const value = varint()
        if (Number.isNaN(value)) return false
        visit(field, value)
        break
      }
      case 1: at += 8; break
      case 2: {
        const length = varint()
        if (!(at + length <= bytes.length)) return false
        visit(field, bytes.subarray(at, at + length))
        at += length
        break
      }
      case 5: at += 4; break
      default: return false
    }
  }
  return at === bytes.length
}
