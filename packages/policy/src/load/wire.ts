// As much of protobuf's encoding (protobuf.dev, "Encoding") as one message of doubles and maps of doubles needs.

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
const FIXED32 = 5

/** Ten groups of seven bits hold 64. */
const LONGEST_VARINT = 10

/** Walks the fields of a message. Whatever does not fit in its bytes ends it as `broken`; it never reads beyond them. */
export class WireReader {
  broken = false
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at: number

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#at = at
    this.#end = end
  }

  get more(): boolean {
    return !this.broken && this.#at < this.#end
  }

  /** Number and type of the next field in one: `number << 3 | type`. */
  tag(): number {
    return this.varint()
  }

  /** As a double: beyond 2^53 it is rounded. */
  varint(): number {
    let value = 0
    for (let group = 0, scale = 1; group < LONGEST_VARINT; group++, scale *= 128) {
      if (this.#at >= this.#end) break
      const byte = this.#bytes[this.#at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return this.#fail()
  }

  double(): number {
    const at = this.#take(8)
    return this.broken ? 0 : this.#view.getFloat64(at, true)
  }

  /** The fields of a message inside. */
  message(): WireReader {
    const length = this.varint()
    const at = this.#take(length)
    return this.broken ? new WireReader(this.#bytes, 0, 0) : new WireReader(this.#bytes, at, at + length)
  }

  /** Undefined for one that is no UTF-8. */
  text(): string | undefined {
    const length = this.varint()
    const at = this.#take(length)
    if (this.broken) return undefined
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(at, at + length))
    } catch {
      return undefined
    }
  }

  /** Past a field that is not known. */
  skip(type: number): void {
    if (type === VARINT) this.varint()
    else if (type === FIXED64) this.#take(8)
    else if (type === BYTES) this.#take(this.varint())
    else if (type === FIXED32) this.#take(4)
    // A group, which nothing has written for many years, or no type at all.
    else this.#fail()
  }

  #take(length: number): number {
    const at = this.#at
    if (length > this.#end - at) this.#fail()
    else this.#at += length
    return at
  }

  #fail(): number {
    this.broken = true
    return 0
  }
}

export class WireWriter {
  #bytes = new Uint8Array(128)
  #at = 0

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  double(field: number, value: number): void {
    this.varint((field << 3) | FIXED64)
    const at = this.#room(8)
    new DataView(this.#bytes.buffer).setFloat64(at, value, true)
  }

  block(field: number, bytes: Uint8Array): void {
    this.varint((field << 3) | BYTES)
    this.varint(bytes.length)
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  text(field: number, text: string): void {
    this.block(field, new TextEncoder().encode(text))
  }

  varint(value: number): void {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#byte((rest & 127) | 128)
    this.#byte(rest)
  }

  #byte(byte: number): void {
    const at = this.#room(1)
    this.#bytes[at] = byte
  }

  /** May put the bytes elsewhere: ask before they are looked at. */
  #room(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#at)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    return at
  }
}
