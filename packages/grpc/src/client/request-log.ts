import type { Payload } from '@inmesh/pipeline'
import type { MessageContext } from './wire.ts'

/** So much of a request that streams is kept for a server that refuses it; as much as of a failed reply over HTTP. */
const KEPT_BYTES = 64 * 1024

const whole: Payload = Object.freeze({ kind: 'replayable', touched: false })

/** A message with whoever wants to hear that it was written; told once, at the first time. */
export class Sending {
  readonly message: Buffer
  readonly flags: number | undefined
  private callback: MessageContext['callback']

  constructor({ callback, flags }: MessageContext, message: Buffer) {
    this.message = message
    this.flags = flags
    this.callback = callback
  }

  written(error?: Error | null): void {
    const { callback } = this
    this.callback = undefined
    callback?.(error)
  }
}

/** For a message that comes after the end: it goes nowhere, and its writer may go on. (grpc-js itself has it wait.) */
export function passOver({ callback }: MessageContext): void {
  if (callback !== undefined) process.nextTick(callback)
}

/**
 * What the caller has sent so far, for the tries that have not begun yet: the caller's own buffers, no copies. A request of
 * one message can be sent again; one that streams only while all of it is still here.
 */
export class RequestLog implements Payload {
  readonly kind = 'once'
  /** Whether anything of it is gone, or is to go as soon as it is written. */
  touched = false
  /** Whether nothing more comes. */
  closed = false
  private readonly streams: boolean
  /** Nearly always the only one, so it is a field and the rest a list. */
  private first: Sending | undefined = undefined
  private rest: Sending[] | undefined = undefined
  /** How many went before the first that is here. */
  private gone = 0
  private bytes = 0

  constructor(streams: boolean) {
    this.streams = streams
  }

  get payload(): Payload {
    return this.streams ? this : whole
  }

  add(context: MessageContext, message: Buffer): void {
    const sending = new Sending(context, message)
    if (this.first === undefined && this.rest === undefined) this.first = sending
    else (this.rest ??= []).push(sending)
    if (!this.streams) return
    // Above an interceptor a message is no bytes, and nobody knows how many it will be.
    this.bytes += message.length ?? 0
    if (this.bytes > KEPT_BYTES) this.touched = true
  }

  /** The message of this number; undefined for one that has not come, or is gone. */
  at(index: number): Sending | undefined {
    const place = index - this.gone
    return place === 0 ? this.first : this.rest?.[place - 1]
  }

  /** Of a request that is not to be sent again nothing stays that was. */
  wasWritten(index: number): void {
    if (!this.touched || index < this.gone) return
    for (; this.gone <= index; this.gone++) this.first = this.rest?.shift()
    if (this.first === undefined) this.rest = undefined
  }

  /** No try is to come. */
  keepNothing(): void {
    this.touched = true
  }

  /** The call is over. Whoever still writes has room again: a stream that is told of no write stands still for ever. */
  drop(): void {
    const { first, rest } = this
    this.first = undefined
    this.rest = undefined
    if (!this.streams || first === undefined) return
    first.written()
    if (rest !== undefined) for (const sending of rest) sending.written()
  }
}
