import type { Instant, Millis } from '@inmesh/policy'
import type { VirtualCall } from '../contract.ts'
import { PHASE } from '../try.ts'
import type { Try } from '../try.ts'

/** A replica, as far as its future is concerned. */
export interface Foreseeable {
  readonly slots: number
  readonly waiting: Iterable<Try>
  serviceTime(call: VirtualCall, now: Instant, atWork: number): Millis
}

/**
 * When a slot is free for one more call: what is worked on and what waits before it, each with its true service time
 * (the workload vector of Kiefer and Wolfowitz, "On the theory of queues with many servers", 1955). Worked out when
 * asked for, and kept until something changes, since only oracles ask.
 */
export class Outlook {
  private readonly instance: Foreseeable
  private readonly tries: () => readonly Try[]
  private readonly coming = new Set<Try>()
  private freeAt: Instant = 0
  private known = false

  constructor(instance: Foreseeable, tries: () => readonly Try[]) {
    this.instance = instance
    this.tries = tries
  }

  changed(): void {
    this.known = false
  }

  /** Sent, and not there yet: it will be before whatever is sent now. */
  departed(sent: Try): void {
    this.coming.add(sent)
    this.known = false
  }

  arrived(sent: Try): void {
    this.coming.delete(sent)
    this.known = false
  }

  wait(now: Instant): Millis {
    if (!this.known) {
      this.freeAt = this.workOut(now)
      this.known = true
    }
    return Math.max(0, this.freeAt - now)
  }

  private workOut(now: Instant): Instant {
    const { instance } = this
    const slots = Array.from({ length: instance.slots }, () => now)
    const take = (from: Instant, length: (start: Instant) => Millis): void => {
      const first = slots.indexOf(Math.min(...slots))
      const start = Math.max(from, slots[first] as Instant)
      slots[first] = start + length(start)
    }
    for (const sent of this.tries()) if (sent.phase === PHASE.working) take(now, () => sent.at - now)
    const length = (sent: Try) => (start: Instant) => instance.serviceTime(sent.call, start, instance.slots)
    for (const sent of instance.waiting) take(now, length(sent))
    for (const sent of this.coming) take(sent.waiting ? sent.at : now, length(sent))
    return Math.min(...slots)
  }
}
