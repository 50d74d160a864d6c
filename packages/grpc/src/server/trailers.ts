import { Metadata } from '@grpc/grpc-js'
import { DO_NOT_RETRY_HEADER, formatPushback } from '@inmesh/policy'
import { PUSHBACK } from './refused-status.ts'

/** What goes into a call's trailers beside what its handler says, which wins. */
export class Trailers {
  private readonly values = new Map<string, string | Buffer>()

  add(name: string, value: string | Uint8Array): void {
    this.values.set(name, typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    // In the word that every client of gRPC knows.
    if (name === DO_NOT_RETRY_HEADER) this.values.set(PUSHBACK, formatPushback('stop'))
  }

  /** A copy where there is anything to add: a handler may send the same metadata with each reply. */
  over(metadata: Metadata | null | undefined): Metadata | null | undefined {
    if (this.values.size === 0) return metadata
    const all = metadata?.clone() ?? new Metadata()
    for (const [name, value] of this.values) if (all.get(name).length === 0) all.set(name, value)
    return all
  }
}
