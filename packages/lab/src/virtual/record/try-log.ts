import type { Instant } from '@inmesh/policy'
import type { Tries } from '../../recording.ts'
import { grown, trimmed } from './column.ts'

/** Every try of a run, in the order of sending. */
export class TryLog {
  rows = 0
  private readonly epoch: Instant
  private at = new Float64Array(1_024)
  private endpoint = new Uint16Array(1_024)
  private call = new Int32Array(1_024)
  private sent = new Uint8Array(1_024)

  /** `epoch`: the end of the warm-up on the agenda's clock, from which recorded times count. */
  constructor(epoch: Instant) {
    this.epoch = epoch
  }

  add(now: Instant, endpoint: number, call: number): number {
    const row = this.rows++
    if (row >= this.at.length) this.grow()
    this.at[row] = now - this.epoch
    this.endpoint[row] = endpoint
    this.call[row] = call
    this.sent[row] = 1
    return row
  }

  /** Not a byte of it went out. */
  refused(row: number): void {
    this.sent[row] = 0
  }

  result(): Tries {
    const { rows } = this
    return {
      at: trimmed(this.at, rows),
      endpoint: trimmed(this.endpoint, rows),
      call: trimmed(this.call, rows),
      sent: trimmed(this.sent, rows)
    }
  }

  private grow(): void {
    const rows = this.rows
    this.at = grown(this.at, rows)
    this.endpoint = grown(this.endpoint, rows)
    this.call = grown(this.call, rows)
    this.sent = grown(this.sent, rows)
  }
}
