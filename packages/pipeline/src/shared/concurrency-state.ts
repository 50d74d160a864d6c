import { Concurrency, SLOT_LEASE_DEFAULTS, type AimdOptions, type ConcurrencyEvent, type Instant } from '@inmesh/policy'
import type { Engine } from '../engine.ts'
import type { LayerEnv } from '../layer.ts'
import { loud } from '../loud.ts'
import type { ConcurrencyOptions } from './concurrency-options.ts'
import { LeasedSlots } from './leased-slots.ts'
import type { ConcurrencyLimitSnapshot } from './limit-snapshot.ts'
import type { Queued } from './queued.ts'

/**
 * What stands under the name of a concurrency limit. It outlives policies; where others come to share the limit, or no
 * longer do, it begins anew, and calls under way give their slots back to where they took them from.
 */
export class ConcurrencyState {
  slots: Concurrency<Queued>
  leased: LeasedSlots | undefined = undefined
  readonly #env: LayerEnv
  #said = false

  constructor(env: LayerEnv, options: ConcurrencyOptions) {
    this.#env = env
    this.slots = this.#fresh(options)
  }

  static of(env: LayerEnv, options: ConcurrencyOptions): ConcurrencyState {
    const state = env.keep('concurrency', () => new ConcurrencyState(env, options))
    state.configure(options)
    return state
  }

  configure(options: ConcurrencyOptions): void {
    const { weight } = { ...SLOT_LEASE_DEFAULTS, ...options }
    const engine = options.scope === 'global' ? (options.engine ?? this.#env.engine) : undefined
    if (this.leased !== undefined && (this.leased.engine !== engine || this.leased.weight !== weight)) {
      this.leased.retire()
      this.leased = undefined
      this.slots = this.#fresh(options)
    }
    if (engine !== undefined && this.#share(engine, weight, options)) return
    if (options.scope !== 'global') return this.slots.configure(options)
    const { max = 1 } = options
    this.slots.configure({ min: max, max })
    if (this.#said || engine !== undefined) return
    this.#said = true
    loud(`${this.#env.service}: concurrency.scope is "global" and there is no engine, so each process may have ${max} calls in flight (give createMesh an engine, such as redis(client) of @inmesh/redis)`)
  }

  /** What was learnt within the process is kept while the policy is away; a share of what others have too is not. */
  get retire(): (() => void) | undefined {
    const { leased } = this
    return leased && (() => leased.retire())
  }

  inspect(now: Instant): ConcurrencyLimitSnapshot {
    const { slots, leased } = this
    return { scope: leased === undefined ? 'process' : 'global', ...slots.inspect(), ...(leased === undefined ? {} : { shared: leased.inspect(now) }) }
  }

  /** Whether it came about: an engine that cannot be joined is none. */
  #share(engine: Engine, weight: number, options: ConcurrencyOptions): boolean {
    const { max = 1, engineLost, minProcesses } = { ...SLOT_LEASE_DEFAULTS, ...options }
    const terms = { max, weight, engineLost, minProcesses, patient: (options.queue ?? 0) > 0 }
    if (this.leased !== undefined) {
      this.leased.configure(terms)
      return true
    }
    const slots = this.#fresh(options)
    try {
      this.leased = new LeasedSlots(this.#env, engine, slots, terms)
      this.slots = slots
    } catch (error) {
      this.#env.faults.record('concurrency', error)
    }
    return this.leased !== undefined
  }

  #fresh(options: AimdOptions): Concurrency<Queued> {
    const { service, observers, clock } = this.#env
    const notify = (event: ConcurrencyEvent): void => {
      if (observers.active) observers.emit({ ...event, service, at: clock.now() })
    }
    return new Concurrency<Queued>({ ...options, notify })
  }
}
