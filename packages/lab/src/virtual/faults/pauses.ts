import type { Millis } from '@inmesh/policy'
import type { Fault } from '../../scenario/faults.ts'
import { DRAW } from '../../workload/draws.ts'
import type { Instance } from '../instance/instance.ts'
import type { FaultEnv } from './env.ts'

/** A process that stands still now and then, for as long each time. */
export class Pauses {
  private readonly fault: Extract<Fault, { readonly kind: 'pause' }>
  private readonly instance: Instance
  private readonly env: FaultEnv
  private pause = 0
  private ended = false
  private paused = false

  constructor(fault: Extract<Fault, { readonly kind: 'pause' }>, instance: Instance, env: FaultEnv) {
    this.fault = fault
    this.instance = instance
    this.env = env
  }

  begin(): () => void {
    this.wait()
    return () => this.end()
  }

  private end(): void {
    this.ended = true
    if (!this.paused) return
    this.paused = false
    this.instance.go()
  }

  private wait(): void {
    this.after(this.gap(), () => {
      this.paused = true
      this.instance.stop()
      this.after(this.fault.length, () => {
        this.paused = false
        this.instance.go()
        this.wait()
      })
    })
  }

  /** From the end of one to the start of the next: in the mean so long that the share comes out. */
  private gap(): Millis {
    const { length, share, spacing } = this.fault
    const mean = (length * (1 - share)) / share
    const u = this.env.engine.draws.of(this.pause++, this.instance.place, DRAW.pause)
    if (spacing === 'exponential') return -Math.log(1 - u) * mean
    return this.pause === 1 ? u * mean : mean
  }

  private after(delay: Millis, act: () => void): void {
    const { agenda } = this.env.engine
    if (this.env.isOver()) return
    agenda.schedule(
      agenda.now() + delay,
      false,
      () => {
        if (!this.ended) act()
      },
      undefined
    )
  }
}
