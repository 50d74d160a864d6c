import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

export interface Streams {
  readonly stdout: Writable
  readonly stderr: Writable
}

// `styleText` leaves text plain where the stream is no terminal, or where NO_COLOR says so.

export function good(text: string, stream: Writable): string {
  return styleText('green', text, { stream })
}

export function failed(text: string, stream: Writable): string {
  return styleText('red', text, { stream })
}

export function faint(text: string, stream: Writable): string {
  return styleText('dim', text, { stream })
}

export function strong(text: string, stream: Writable): string {
  return styleText('bold', text, { stream })
}
