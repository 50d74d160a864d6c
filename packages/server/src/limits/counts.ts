import type { LimitSnapshot } from '@inmesh/pipeline'
import { KeyedGcra, type Criticality, type Instant, type Millis } from '@inmesh/policy'

/** What a limit counts by, whether within this process or with others. */
export interface Counts {
  /** 0: it has taken its turn. More: none was taken, and when to come back. */
  take(key: string, now: Instant, criticality: Criticality): Millis
  /** As `take` would answer; nothing is taken. */
  wait(key: string, now: Instant, criticality: Criticality): Millis
  /** Gives back a turn that was taken just now. */
  giveBack(key: string, criticality: Criticality): void
  /** How many would be admitted at once. */
  available(key: string, now: Instant, criticality: Criticality): number
  inspect(now: Instant): Pick<LimitSnapshot, 'scope' | 'keys' | 'shared'>
}

/** Within this process. */
export class OwnCounts implements Counts {
  readonly #gcra: KeyedGcra
  /** When the turn was that may still be given back. */
  #taken: Instant = -Infinity

  constructor(options: ConstructorParameters<typeof KeyedGcra>[0]) {
    this.#gcra = new KeyedGcra(options)
  }

  take(key: string, now: Instant): Millis {
    this.#taken = now
    return this.#gcra.admit(key, now)
  }

  wait(key: string, now: Instant): Millis {
    return this.#gcra.wait(key, now)
  }

  giveBack(key: string): void {
    this.#gcra.cancel(key, this.#taken)
  }

  available(key: string, now: Instant): number {
    return this.#gcra.available(key, now)
  }

  inspect(): Pick<LimitSnapshot, 'scope' | 'keys'> {
    return { scope: 'process', keys: this.#gcra.size }
  }
}
