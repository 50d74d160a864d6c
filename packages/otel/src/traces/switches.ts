import type { Millis } from '@inmesh/policy'

/** A process that calls more services than this has one switch too many open. */
const MOST = 500

/** Services of which everything is traced for a while. */
export class Switches {
  private readonly until = new Map<string, number>()
  private readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  /** Answers how to switch it off before its time. A second one for the same service takes the place of the first. */
  turnOn(service: string, length: Millis): () => void {
    const until = this.now() + length
    if (this.until.size >= MOST) this.forgetThoseOver()
    if (this.until.size >= MOST && !this.until.has(service)) throw new RangeError(`traceAll: ${MOST} services are traced already (accepted: ${MOST} at most; end others, or wait)`)
    this.until.set(service, until)
    return () => {
      if (this.until.get(service) === until) this.until.delete(service)
    }
  }

  isOn(service: string): boolean {
    if (this.until.size === 0) return false
    const until = this.until.get(service)
    if (until === undefined) return false
    if (this.now() < until) return true
    this.until.delete(service)
    return false
  }

  private forgetThoseOver(): void {
    for (const service of this.until.keys()) this.isOn(service)
  }
}
