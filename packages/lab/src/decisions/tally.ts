import type { Millis } from '@inmesh/policy'
import type { Count, CountType } from './decisions.ts'
import { MOST_COUNTS } from './decisions.ts'

interface Counting {
  readonly service: string
  readonly type: CountType
  readonly why: string | undefined
  readonly each: Uint32Array
}

/** Decisions about single calls, as numbers by step. */
export class Tally {
  private readonly every: Millis
  private readonly steps: number
  private readonly all = new Map<string, Counting>()

  constructor(every: Millis, steps: number) {
    this.every = every
    this.steps = steps
  }

  add(service: string, type: CountType, why: string | undefined, at: Millis): void {
    const step = Math.floor(at / this.every)
    if (!(step >= 0 && step < this.steps)) return
    this.of(service, type, why).each[step]! += 1
  }

  result(): Count[] {
    return [...this.all.values()].map(({ service, type, why, each }) => ({
      service,
      type,
      ...(why !== undefined && { why }),
      each: Array.from(each.subarray(0, each.findLastIndex((count) => count > 0) + 1))
    }))
  }

  /** Reasons are texts of a policy, some of a user's own: there may be any number of them. */
  private of(service: string, type: CountType, why: string | undefined): Counting {
    const known = this.all.get(`${type} ${service} ${why ?? ''}`)
    if (known !== undefined) return known
    if (this.all.size >= MOST_COUNTS && why !== 'other') return this.of(service, type, 'other')
    const counting = { service, type, why, each: new Uint32Array(this.steps) }
    this.all.set(`${type} ${service} ${why ?? ''}`, counting)
    return counting
  }
}
