import type { Millis } from '@inmesh/policy'

/** How much a run may take. Impossible scenarios are run too, so something must end them. */
export interface Bounds {
  /** Entries of the agenda. */
  readonly events: number
  /** Virtual time. */
  readonly time: Millis
  /** Real time. The one bound on which machines differ. */
  readonly wall: Millis
  /** Resident memory of the process, in bytes. */
  readonly memory: number
}

export type Bound = keyof Bounds

const HOUR = 3_600_000

/** More than any scenario of the repository needs; a day of virtual time, an hour of ours. */
export const BOUNDS: Bounds = { events: 2_000_000_000, time: 24 * HOUR, wall: HOUR, memory: 4 * 1024 ** 3 }

/** Looks at the bounds of one run, now and then: reading the wall clock and the memory costs far more than an event. */
export class Watch {
  /** Looked at when the count of events has none of these bits. */
  readonly mask: number
  /** The bound that ended the run. */
  hit: Bound | undefined = undefined
  private readonly bounds: Bounds
  private readonly startedAt = performance.now()

  constructor(bounds: Bounds) {
    this.bounds = bounds
    // Small bounds are kept to the event; the others to a tenth of a second or so.
    this.mask = bounds.events < 65_536 ? 0 : 65_535
  }

  exceeded(events: number): boolean {
    const { bounds } = this
    if (events >= bounds.events) this.hit = 'events'
    else if (performance.now() - this.startedAt >= bounds.wall) this.hit = 'wall'
    else if (process.memoryUsage.rss() >= bounds.memory) this.hit = 'memory'
    return this.hit !== undefined
  }
}
