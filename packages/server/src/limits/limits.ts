import type { Mode } from '@inmesh/pipeline'
import type { Instant } from '@inmesh/policy'
import type { InboundCall } from '../inbound-call.ts'
import type { Refusal } from '../refusal.ts'
import type { Teller } from '../teller.ts'
import { Limiter, type LimitHost, type LimitSnapshot } from './limiter.ts'
import type { LimitRule } from './rules.ts'

/**
 * All rate limits of a server. A request takes its turn in each of them or in none: one that is refused by the second has
 * not used up the first.
 */
export class Limits {
  private readonly all: readonly Limiter[]
  private active: readonly Limiter[] = []

  constructor(rules: readonly LimitRule[], tenantHeader: string, host: LimitHost) {
    this.all = rules.map((rule) => new Limiter(rule, tenantHeader, host))
  }

  under(ceiling: Mode): void {
    for (const limit of this.all) limit.under(ceiling)
    this.active = this.all.filter(({ on }) => on)
  }

  /** Whether any counts with other processes. */
  get shared(): boolean {
    return this.all.some(({ isShared }) => isShared)
  }

  get none(): boolean {
    return this.active.length === 0
  }

  /** Undefined: it may go on. What a limit would have done that only observes is told. */
  admit(call: InboundCall, dice: number, now: Instant, teller: Teller): Refusal | undefined {
    const { active } = this
    const { importance } = call
    // Nearly always there is one, and nothing to remember.
    const taken: Taken[] | undefined = active.length === 1 && active[0]?.tells !== true ? undefined : []
    for (const limit of active) {
      // A user's function is asked once: what it does need not be the same twice, nor cheap.
      const key = limit.key(call)
      if (key === undefined) continue
      const wait = limit.take(key, now, importance)
      if (wait === 0) {
        taken?.push({ limit, key })
        continue
      }
      if (limit.acts(dice)) {
        limit.refused += 1
        for (const { limit: other, key: of } of taken ?? []) other.giveBack(of, importance)
        return limit.refusal(key, wait, now, importance)
      }
      teller.would(call, `limits.${limit.name}`, 'refuse')
    }
    for (const { limit, key } of taken ?? []) {
      if (limit.tells && limit.acts(dice)) call.setHeader('ratelimit', limit.text(key, now, importance))
    }
    return undefined
  }

  close(): void {
    for (const limit of this.all) limit.close()
  }

  inspect(now: Instant): readonly LimitSnapshot[] {
    return this.all.map((limit) => limit.inspect(now))
  }
}

/** A turn that was taken for a request. */
interface Taken {
  readonly limit: Limiter
  readonly key: string
}
