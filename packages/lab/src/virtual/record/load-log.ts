import type { Instant, Millis } from '@inmesh/policy'
import type { EndpointLoad } from '../../recording.ts'
import type { Fleet } from '../fleet.ts'

export interface LoadLogOptions {
  readonly epoch: Instant
  readonly every: Millis
  /** Length of the measured time: what is before and after is in no sample. */
  readonly length: Millis
  /** Replicas there ever are. */
  readonly endpoints: number
}

/** Work and queue of each replica over the measured time. */
export class LoadLog {
  readonly samples: number
  private readonly fleet: Fleet
  private readonly options: LoadLogOptions
  private readonly working: Float32Array
  private readonly waiting: Float32Array

  constructor(fleet: Fleet, options: LoadLogOptions) {
    this.fleet = fleet
    this.options = options
    this.samples = Math.floor(options.length / options.every)
    this.working = new Float32Array(this.samples * options.endpoints)
    this.waiting = new Float32Array(this.samples * options.endpoints)
  }

  /** When sample number `sample` is complete; -1: when the first begins. */
  dueAt(sample: number): Instant {
    return this.options.epoch + (sample + 1) * this.options.every
  }

  take(sample: number): void {
    const { every, endpoints } = this.options
    for (const instance of this.fleet.all) {
      instance.note()
      const { working, waiting } = instance.gauge.take()
      if (sample < 0) continue
      this.working[sample * endpoints + instance.place] = working / every
      this.waiting[sample * endpoints + instance.place] = waiting / every
    }
  }

  result(): EndpointLoad {
    return { from: 0, every: this.options.every, working: this.working, waiting: this.waiting }
  }
}
